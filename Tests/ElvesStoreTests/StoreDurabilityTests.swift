import ElvesModel
import ElvesProtocol
import ElvesStore
import Testing

/// The cases every store must pass: many writers, failures among them, and closing and opening again.
@Suite struct StoreDurabilityTests {
    @Test(arguments: StoreBackend.available)
    func `everything is there after the store is opened again`(on backend: StoreBackend) async throws {
        try await backend.withFolder { folder in
            let (snapshot, record) = try await fill(try backend.open(folder))
            for _ in 0..<2 {
                let store = try backend.open(folder)
                #expect(try await store.snapshot() == snapshot)
                #expect(try await store.task(TaskID("A")) == record)
                #expect(try await store.isAdministrator(digest(7), at: noon))
                await #expect(throws: StoreError.tokenInvalid) {
                    try await store.join(agent("z", at: 9), token: digest(1), at: noon)
                }
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `what one opening of the store has written another one reads`(on backend: StoreBackend) async throws {
        try await backend.withFolder { folder in
            let (writing, reading) = (try backend.open(folder), try backend.open(folder))
            for number in 0..<50 {
                try await writing.record([task("T\(number)")])
                #expect(try await reading.task(TaskID("T\(number)")) != nil)
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `64 writers of 50 outcomes each lose none`(on backend: StoreBackend) async throws {
        try await backend.withFolder { folder in
            let store = try backend.open(folder)
            let failures = await withTaskGroup(returning: Int.self) { group in
                for writer in 0..<64 {
                    group.addTask {
                        var failures = 0
                        for number in 0..<50 {
                            do {
                                try await store.record([task("T\(writer)-\(number)", result: "\(number)")])
                                // What a writer was told is durable, it finds.
                                if try await store.task(TaskID("T\(writer)-\(number)")) == nil { failures += 1 }
                            } catch { failures += 1 }
                        }
                        return failures
                    }
                }
                return await group.reduce(0, +)
            }

            #expect(failures == 0)
            for opening in [store, try backend.open(folder)] {
                #expect(Set(try await opening.recentTasks(limit: 10_000).map(\.report.task)).count == 3200)
            }
        }
    }

    @Test(arguments: StoreBackend.available)
    func `a failing change takes no neighbour along`(on backend: StoreBackend) async throws {
        try await backend.withEmptyStore { store in
            try await store.publish(version("1.0.0"))
            try await store.join(agent("a", at: 1), tokenSeed: 1)

            let outcomes = await withTaskGroup(returning: [String: Int].self) { group in
                for number in 0..<100 {
                    group.addTask { await outcome { try await store.record([task("T\(number)")]) } }
                    group.addTask { await outcome { try await store.add(key("K\(number)")) } }
                    group.addTask { await outcome { try await store.add(key("K\(number)", of: "unknown")) } }
                    group.addTask { await outcome { try await store.revoke(AgentID("unknown"), at: noon) } }
                    group.addTask { await outcome { try await store.publish(version("1.0.0", digest: 9)) } }
                    group.addTask { await outcome { try await store.join(agent("b", at: 2), token: digest(99), at: noon) } }
                }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }

            #expect(outcomes == ["done": 200, "not found": 200, "version taken": 100, "token invalid": 100])
            let snapshot = try await store.snapshot()
            #expect(snapshot.keys.count == 100 && snapshot.agents.count == 1 && snapshot.versions.count == 1)
            #expect(try await store.recentTasks(limit: 1000).count == 100)
        }
    }

    @Test(arguments: ["/dev/null/center.db", "/nonexistent/folder/center.db", "/tmp"])
    func `a file that cannot be opened is named`(path: String) {
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }

        guard case .unavailable(let text) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(text.contains(path))
    }

    /// Fills a store with one of everything; its owner lets it go afterwards.
    private func fill(_ store: any CenterStore) async throws -> (StoreSnapshot, TaskRecord) {
        try await store.join(agent("a", at: 1), tokenSeed: 1)
        try await store.join(agent("b", at: 2, joined: seconds(1)), tokenSeed: 2)
        try await store.add(token(7, .admin))
        try await store.publish(version("1.0.0"))
        try await store.publish(version("2.0.0", digest: 2, at: seconds(1)))
        try await store.bind(BindingRecord(app: AppName("hello"), agent: AgentID("a")))
        try await store.add(key("K1"))
        try await store.revoke(AgentID("b"), at: seconds(2))
        let record = try task("A")
        try await store.record([record])
        let snapshot = try await store.snapshot()
        #expect(snapshot.agents.count == 2 && snapshot.versions.count == 2 && snapshot.bindings.count == 1)
        return (snapshot, record)
    }

    private func outcome(_ change: () async throws -> Void) async -> String {
        do {
            try await change()
            return "done"
        } catch StoreError.notFound {
            return "not found"
        } catch StoreError.versionTaken {
            return "version taken"
        } catch StoreError.tokenInvalid {
            return "token invalid"
        } catch {
            return "\(error)"
        }
    }
}
