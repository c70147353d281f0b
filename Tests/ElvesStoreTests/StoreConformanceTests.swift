import ElvesJSON
import ElvesModel
import ElvesStore
import Testing

/// The cases every store must pass: agents, tokens, apps, bindings and keys.
@Suite struct StoreConformanceTests {
    @Test(arguments: StoreBackend.available)
    func `a new store is empty`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let snapshot = try await store.snapshot()
            #expect(snapshot == StoreSnapshot())
            #expect(try await store.recentTasks(limit: 10) == [])
            #expect(try await store.task(TaskID("none")) == nil)
        }
    }

    // MARK: Joining

    @Test(arguments: StoreBackend.available)
    func `a token lets one agent join, once`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.add(token(1))

            try await store.join(agent("a", at: 1), token: digest(1), at: noon)
            await #expect(throws: StoreError.tokenInvalid) {
                try await store.join(agent("b", at: 2), token: digest(1), at: noon)
            }

            #expect(try await store.snapshot().agents == [agent("a", at: 1)])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `of many joins with one token at the same time one wins`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.add(token(1))

            let wins = await withTaskGroup(returning: Int.self) { group in
                for number in UInt8(0)..<20 {
                    group.addTask {
                        (try? await store.join(agent("agent-\(number)", at: number), token: digest(1), at: noon)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }

            #expect(wins == 1)
            #expect(try await store.snapshot().agents.count == 1)
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an unknown token, an administrator's, and one that has just expired are refused`(on backend: StoreBackend)
        async throws
    {
        try await backend.withEmptyStore { store in
            try await store.add(token(1, .join, lives: 60))
            try await store.add(token(2, .admin))

            for (seed, time) in [(UInt8(9), noon), (2, noon), (1, seconds(60)), (1, seconds(61))] {
                await #expect(throws: StoreError.tokenInvalid) {
                    try await store.join(agent("a"), token: digest(seed), at: time)
                }
            }
            let lastMoment = Timestamp(microseconds: seconds(60).microseconds - 1)
            try await store.join(agent("a"), token: digest(1), at: lastMoment)
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an address that is taken is refused, and the token is not used up`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.join(agent("a", at: 1), tokenSeed: 1)
            try await store.add(token(2))

            let taken = StoreError.addressTaken(try address(1))
            await #expect(throws: taken) {
                try await store.join(agent("b", at: 1), token: digest(2), at: noon)
            }
            try await store.join(agent("b", at: 2), token: digest(2), at: noon)

            #expect(try await store.snapshot().agents.map(\.id.text) == ["a", "b"])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an id that is taken is refused, and the token is not used up`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.join(agent("a", at: 1), tokenSeed: 1)
            try await store.add(token(2))

            await #expect(throws: StoreError.self) { try await store.join(agent("a", at: 2), token: digest(2), at: noon) }
            try await store.join(agent("b", at: 2), token: digest(2), at: noon)
        }
    }

    @Test(arguments: StoreBackend.available)
    func `the address of a revoked agent is free again`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.join(agent("a", at: 1), tokenSeed: 1)
            try await store.revoke(AgentID("a"), at: seconds(5))
            try await store.join(agent("b", at: 1, joined: seconds(6)), tokenSeed: 2)
            try await store.revoke(AgentID("b"), at: seconds(7))
            try await store.join(agent("c", at: 1, joined: seconds(8)), tokenSeed: 3)

            let agents = try await store.snapshot().agents
            #expect(agents.map(\.id.text) == ["a", "b", "c"])
            #expect(agents.map(\.revokedAt) == [seconds(5), seconds(7), nil])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an agent is revoked once`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            await #expect(throws: StoreError.notFound("a valid agent a")) { try await store.revoke(AgentID("a"), at: noon) }
            try await store.join(agent("a"), tokenSeed: 1)
            try await store.revoke(AgentID("a"), at: seconds(1))
            await #expect(throws: StoreError.notFound("a valid agent a")) {
                try await store.revoke(AgentID("a"), at: seconds(2))
            }

            #expect(try await store.snapshot().agents.map(\.revokedAt) == [seconds(1)])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an administrator is known until the token expires`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.add(token(1, .admin, lives: 60))
            try await store.add(token(2, .join, lives: 60))

            #expect(try await store.isAdministrator(digest(1), at: noon))
            #expect(try await store.isAdministrator(digest(1), at: seconds(59)))
            #expect(try await !store.isAdministrator(digest(1), at: seconds(60)))
            #expect(try await !store.isAdministrator(digest(2), at: noon))
            #expect(try await !store.isAdministrator(digest(3), at: noon))
        }
    }

    // MARK: Labels

    @Test(arguments: StoreBackend.available)
    func `labels are set, replaced and taken away in one step`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let (role, zone) = (try LabelName("role"), try LabelName("zone"))
            await #expect(throws: StoreError.notFound("a valid agent a")) {
                try await store.label(AgentID("a"), set: [Label(role, "web")], remove: [])
            }
            try await store.join(agent("a", at: 1), tokenSeed: 1)
            try await store.join(agent("b", at: 2), tokenSeed: 2)

            try await store.label(AgentID("a"), set: [Label(zone, "é '\""), Label(role, "web")], remove: [])
            try await store.label(AgentID("b"), set: [Label(role, "db")], remove: [zone])
            let labels = try await store.snapshot().labels
            #expect(
                labels.map { "\($0.agent) \($0.label.name) \($0.label.value)" } == ["a role web", "a zone é '\"", "b role db"])

            try await store.label(AgentID("a"), set: [Label(role, "db")], remove: [zone, role])
            #expect(try await store.snapshot().labels.map { "\($0.agent) \($0.label.value)" } == ["a db", "b db"])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `an agent with too many labels keeps those it had, and a revoked one gets none`(on backend: StoreBackend) async throws
    {
        try await backend.withEmptyStore { store in
            try await store.join(agent("a"), tokenSeed: 1)
            let labels = try (0..<Label.limit).map { try Label(LabelName("l\($0)"), "x") }
            try await store.label(AgentID("a"), set: labels, remove: [])
            let before = try await store.snapshot()

            let more = try Label(LabelName("more"), "x")
            await #expect(throws: StoreError.tooManyLabels(AgentID("a"))) {
                try await store.label(AgentID("a"), set: [more], remove: [])
            }
            #expect(try await store.snapshot() == before)
            try await store.label(AgentID("a"), set: [more], remove: [LabelName("l0")])
            #expect(try await store.snapshot().labels.count == Label.limit)

            try await store.revoke(AgentID("a"), at: noon)
            await #expect(throws: StoreError.notFound("a valid agent a")) {
                try await store.label(AgentID("a"), set: [more], remove: [])
            }
        }
    }

    // MARK: Apps

    @Test(arguments: StoreBackend.available)
    func `an app's first version is online, and a later one when it is promoted`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0", digest: 1))
            try await store.publish(version("1.1.0", digest: 2, at: seconds(1)))

            let snapshot = try await store.snapshot()
            #expect(snapshot.versions == [try version("1.0.0", digest: 1), try version("1.1.0", digest: 2, at: seconds(1))])
            let hello = try AppName("hello")
            let first = OnlineRecord(app: hello, version: try AppVersion("1.0.0"), since: noon)
            #expect(snapshot.online == [first])

            let second = OnlineRecord(
                app: hello, version: try AppVersion("1.1.0"), since: seconds(2), before: first.version)
            let rollout = RolloutRecord(app: hello, state: #"{"a":1}"#)
            try await store.promote(second, rollout: rollout)
            let promoted = try await store.snapshot()
            #expect(promoted.online == [second] && promoted.rollouts == [rollout])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `only what is published is promoted, and an app has one rollout`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let hello = try AppName("hello")
            let online = OnlineRecord(app: hello, version: try AppVersion("1.1.0"), since: noon)
            let rollout = RolloutRecord(app: hello, state: "{}")
            await #expect(throws: StoreError.notFound("app hello")) { try await store.keep(rollout) }
            try await store.publish(version("1.0.0", digest: 1))
            await #expect(throws: StoreError.notFound("hello 1.1.0")) {
                try await store.promote(online, rollout: rollout)
            }
            #expect(try await store.snapshot().rollouts == [])

            try await store.keep(rollout)
            try await store.keep(RolloutRecord(app: hello, state: #"{"b":2}"#))
            #expect(try await store.snapshot().rollouts.map(\.state) == [#"{"b":2}"#])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `approvals are kept in their order, once for each version that is published`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            func approval(_ number: String, by name: String) throws -> ApprovalRecord {
                ApprovalRecord(
                    app: try AppName("hello"), version: try AppVersion(number), approvedBy: Administrator(name),
                    approvedAt: noon)
            }
            try await store.publish(version("1.0.0", digest: 1))
            try await store.publish(version("1.1.0", digest: 2))
            await #expect(throws: StoreError.notFound("hello 9.0.0")) { try await store.approve(approval("9.0.0", by: "a")) }

            try await store.approve(approval("1.1.0", by: "a"))
            try await store.approve(approval("1.0.0", by: "b"))
            try await store.approve(approval("1.1.0", by: "c"))

            #expect(try await store.snapshot().approvals == [approval("1.1.0", by: "a"), approval("1.0.0", by: "b")])
            #expect(try await store.snapshot().versions.map(\.publishedBy?.text) == ["local", "local"])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a manifest is kept as it came, and added where there was none, but never changed`(on backend: StoreBackend)
        async throws
    {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0", manifest: nil))
            #expect(try await store.snapshot().versions.map(\.manifest) == [nil])

            try await store.publish(version("1.0.0", manifest: #"{"a":"精灵"}"#))
            try await store.publish(version("1.0.0", manifest: #"{"b":1}"#))
            try await store.publish(version("1.0.0", manifest: nil))

            #expect(try await store.snapshot().versions.map { $0.manifest?.text } == [#"{"a":"精灵"}"#])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `publishing a version again with the same content changes nothing`(on backend: StoreBackend)
        async throws
    {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0", digest: 1))
            try await store.publish(version("1.1.0", digest: 2, at: seconds(1)))
            try await store.publish(version("1.0.0", digest: 1, at: seconds(2)))

            let snapshot = try await store.snapshot()
            #expect(snapshot.versions.map(\.publishedAt) == [noon, seconds(1)])
            #expect(snapshot.online.map(\.version.text) == ["1.0.0"] && snapshot.online.map(\.since) == [noon])
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a version with other content is refused and changes nothing`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0", digest: 1))
            try await store.publish(version("1.1.0", digest: 2, at: seconds(1)))
            let before = try await store.snapshot()

            let taken = StoreError.versionTaken(try AppName("hello"), try AppVersion("1.0.0"))
            await #expect(throws: taken) {
                try await store.publish(version("1.0.0", digest: 3, at: seconds(2)))
            }

            #expect(try await store.snapshot() == before)
            try await store.publish(version("1.0.0", of: "other", digest: 3, at: seconds(3)))
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a binding needs its app and its agent, and is there once`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            let binding = BindingRecord(app: try AppName("hello"), agent: AgentID("a"))
            await #expect(throws: StoreError.notFound("app hello")) { try await store.bind(binding) }
            try await store.publish(version("1.0.0"))
            await #expect(throws: StoreError.notFound("agent a")) { try await store.bind(binding) }
            try await store.join(agent("a"), tokenSeed: 1)

            try await store.bind(binding)
            try await store.bind(binding)
            #expect(try await store.snapshot().bindings == [binding])
            let granted = BindingRecord(
                app: binding.app, agent: binding.agent, grants: [try Grant("read:/var/log"), try Grant("network:*.a.b:443")])
            try await store.bind(granted)
            #expect(try await store.snapshot().bindings == [granted])

            try await store.unbind(binding.app, from: binding.agent)
            #expect(try await store.snapshot().bindings == [])
            await #expect(throws: StoreError.notFound("a binding of hello to agent a")) {
                try await store.unbind(binding.app, from: binding.agent)
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a revoked agent cannot be bound`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0"))
            try await store.join(agent("a"), tokenSeed: 1)
            try await store.revoke(AgentID("a"), at: noon)

            await #expect(throws: StoreError.notFound("agent a")) {
                try await store.bind(BindingRecord(app: AppName("hello"), agent: AgentID("a")))
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a key needs its app, is kept whole and is revoked once`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            await #expect(throws: StoreError.notFound("app hello")) { try await store.add(key("K1")) }
            try await store.publish(version("1.0.0"))
            try await store.add(key("K2", created: seconds(1)))
            try await store.add(key("K1"))
            #expect(try await store.snapshot().keys == [key("K1"), key("K2", created: seconds(1))])

            try await store.revoke(AuthID("K1"), at: seconds(9))
            #expect(try await store.snapshot().keys.map(\.revokedAt) == [seconds(9), nil])
            await #expect(throws: StoreError.notFound("a valid key K1")) {
                try await store.revoke(AuthID("K1"), at: seconds(9))
            }
            await #expect(throws: StoreError.notFound("a valid key none")) {
                try await store.revoke(AuthID("none"), at: seconds(9))
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a key or a token that is there already is refused and stays as it was`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0"))
            try await store.add(key("K1"))
            try await store.add(token(1, .admin, lives: 60))

            await #expect(throws: StoreError.self) { try await store.add(key("K1", created: seconds(5))) }
            await #expect(throws: StoreError.self) { try await store.add(token(1, .admin, lives: 600)) }

            #expect(try await store.snapshot().keys == [key("K1")])
            #expect(try await !store.isAdministrator(digest(1), at: seconds(60)))
        }
    }

    @Test(arguments: [
        (StoreError.tokenInvalid, "`elves token create`"), (.notFound("app x"), "app x does not exist"),
        (.unavailable("disk full"), "the database failed: disk full"),
    ])
    func `an error says what to do`(error: StoreError, text: String) { #expect("\(error)".contains(text)) }
}
