package import ElvesApps
package import ElvesEgress
import ElvesFlow
import ElvesJSON
package import ElvesModel
package import ElvesPolicy
import ElvesProtocol
package import ElvesSandbox
import ElvesSeccomp
import ElvesWorkers
import Glibc
package import Logging
package import NIOCore
import NIOPosix
import Synchronization

/// Makes versions of apps ready to run on this host, from what the app asks, its language's policy offers and an operator grants.
package final class RuntimeFactory: Sendable {
    private let policies: PolicyCatalog
    private let host: SandboxHost
    private let sockets: String
    private let secrets: AppSecrets
    private let loop: any EventLoop
    private let clocks: Clocks
    private let log: Logger
    private let runsAsRoot = geteuid() == 0
    private let made = Mutex<UInt32>(0)

    /// - Parameters:
    ///   - folder: The folder of the policies.
    ///   - sockets: An existing folder with a short path, for the sockets through which workers reach the network.
    ///   - secrets: Where the secrets of this host's apps are.
    package init(
        policies folder: String, host: SandboxHost, sockets: String, secrets: AppSecrets, loop: any EventLoop,
        clocks: Clocks, log: Logger
    ) {
        self.clocks = clocks
        policies = PolicyCatalog(folder: folder, notify: host.notify)
        self.host = host
        self.sockets = sockets
        self.secrets = secrets
        self.loop = loop
        self.log = log
    }

    /// - Parameters:
    ///   - grants: What an operator lets the app have on this host.
    ///   - ceiling: The most that it may be granted; nil where nobody has signed any.
    ///   - secrets: The app's secrets, where they are not this host's.
    ///   - stage: What a test shows in the place of the host; nil shows the host.
    /// - Throws: Why this host cannot run the app, as `PolicyCatalogError`, `PlanError` or `EgressError`.
    package func prepare(
        _ app: InstalledApp, grants: [Grant], ceiling: AppCeiling? = nil, secrets: AppSecrets? = nil, stage: AppStage? = nil
    ) async throws -> AppRuntime {
        let compiled = try await NIOThreadPool.singleton.runIfActive { [policies] in
            try policies.policy(for: app.manifest.language.rawValue)
        }
        let manifest = app.manifest
        let requests = try AppRequests.decide(manifest, under: compiled.policy, grants: grants, ceiling: ceiling)
        try ceiling?.admit(compiled.document)
        let missingLayers = try self.missingLayers(for: compiled.policy)
        let number = made.withLock { number in
            defer { number += 1 }
            return number
        }
        var plan = SandboxPlan(
            policy: compiled.policy, appFolder: app.folder, entry: manifest.entry, requestedPaths: requests.offeredPaths,
            identity: runsAsRoot ? try HostIdentityRange().identity(number % HostIdentityRange().pairs) : .single)
        plan.landlock = missingLayers.contains("landlock") ? nil : 1
        plan.grantedPaths = requests.grantedPaths
        plan.writablePaths = requests.writablePaths
        plan.standIns = stage?.files ?? [:]
        if stage == nil { try plan.requirePresence() }
        if manifest.runtime == .legacy {
            let command = try compiled.policy.legacyCommand(interpreter: manifest.interpreter, file: manifest.entry)
            plan.program = command[0]
            plan.arguments = Array(command.dropFirst())
        }
        var filter = compiled.filter
        var proxy: EgressProxy?
        // Who is watched may ask for what it was not granted: nothing but prepared answers comes of it.
        let isReachable = stage?.recorder != nil || (!requests.network.isEmpty && stage?.network.isEmpty != true)
        if isReachable, let proxyFilter = compiled.proxyFilter {
            let listening = try await EgressProxy.listen(
                at: "\(sockets)/\(number).sock",
                reach: stage.map { .prepared($0.network) } ?? .network(requests.network), on: loop, log: appLog(manifest),
                asked: { stage?.recorder?.asked(for: $0) })
            proxy = listening
            filter = proxyFilter
            plan.additions.append(.init(source: listening.path, target: Policy.Network.socket))
            plan.environment.append(.init(name: Policy.Network.variable, value: Policy.Network.socket))
        }
        if let recorder = stage?.recorder {
            guard host.notify == .allowed else { throw NotifyError.unavailable(what: "listener in this kernel", errno: ENOSYS) }
            filter = try SeccompFilter(compiling: recorder.profile, notify: host.notify)
        }
        do {
            return AppRuntime(
                app, grants: grants, policy: PolicyInUse(compiled), ceiling: ceiling, missingLayers: missingLayers,
                hosts: try hosts(manifest, plan, filter, PolicyInUse(compiled), secrets ?? self.secrets, stage?.recorder),
                proxy: proxy)
        } catch {
            proxy?.close()
            throw error
        }
    }

    /// From now on the policies of this host are read again.
    package func forgetPolicies() { policies.forget() }

    /// Whether a runtime would be made today as it was made: under the same policy and ceiling, without the same layers.
    ///
    /// - Throws: Why none could be made today, as far as that is the policy's doing.
    package func stands(_ runtime: AppRuntime, ceiling: AppCeiling?) async throws -> Bool {
        let language = runtime.app.manifest.language.rawValue
        let compiled = try await NIOThreadPool.singleton.runIfActive { [policies] in try policies.policy(for: language) }
        return try PolicyInUse(compiled) == runtime.policy && missingLayers(for: compiled.policy) == runtime.missingLayers
            && ceiling == runtime.ceiling
    }

    private func hosts(
        _ manifest: Manifest, _ plan: SandboxPlan, _ filter: SeccompFilter, _ policy: PolicyInUse, _ secrets: AppSecrets,
        _ recorder: RunRecorder?
    ) throws -> [AppRuntime.Place: WorkerHost] {
        let (app, names) = (manifest.name, manifest.secrets)
        let payload: @Sendable () throws -> [UInt8]? = { names.isEmpty ? nil : try secrets.payload(app, names: names) }
        var log = appLog(manifest)
        log[metadataKey: "policy"] = "\(policy.name) \(policy.version) (\(policy.digest.hex.prefix(12)))"
        var hosts: [AppRuntime.Place: WorkerHost] = [:]
        for function in manifest.functions {
            let place = AppRuntime.Place(function, in: manifest)
            guard hosts[place] == nil else { continue }
            var plan = plan
            plan.limits = .init(
                memory: place.limits.memory.map { UInt64($0) }, processes: place.limits.processes.map { UInt64($0) },
                files: place.limits.files.map { UInt64($0) }, scratch: place.limits.scratch.map { UInt64($0) })
            // The processes of a resident worker serve one call after the other: what they use up adds up.
            if place.isolation != .resident {
                plan.processorSeconds = min(
                    place.limits.processorSeconds.map { UInt64($0) } ?? .max, plan.policy.resources.cpuTime)
            }
            let sandbox = try PreparedSandbox(plan, filter: filter)
            var hello = WorkerHello(
                app: manifest.name, version: manifest.version, entry: manifest.entry,
                isolation: place.isolation.rawValue,
                limits: JSONLimits(bytes: sandbox.resources.stdoutLine, depth: 64))
            hello.hasSecrets = !names.isEmpty
            // The launcher gives each worker a process namespace of its own, and a /tmp, unless a path of the host lies in it.
            if place.isolation == .zygote {
                hello.landlock = host.landlock > 0 ? host.landlock : nil
                hello.writable = plan.writablePaths
            }
            hello.scratch = place.isolation == .zygote && plan.scratchIsPrivate ? SandboxPlan.scratchTarget : nil
            var configuration = WorkerPool.Configuration(hello: hello, reusesWorkers: place.isolation != .fresh)
            // A program of the original system cannot hear that its call is to end.
            if manifest.runtime == .legacy { configuration.cancelLimit = .zero }
            configuration.outputLimit = min(sandbox.resources.stderr, Int(place.limits.output ?? .max))
            hosts[place] = WorkerHost(
                configuration, contract: manifest.runtime == .legacy ? .tags : .lines,
                launch: WorkerLaunch(
                    host: host, sandbox: sandbox, rule: ViolationRule(plan.policy.onViolation), secrets: payload,
                    recorder: recorder), loop: loop,
                log: log)
        }
        return hosts
    }

    /// The layers that workers under a policy do without on this host.
    ///
    /// - Throws: `PlanError.missingLayers` for those that nobody has accepted.
    private func missingLayers(for policy: Policy) throws(PlanError) -> [String] {
        let missing = host.missing(policy.requires)
        let refused = host.refused(missing, by: policy, on: PolicyDate(clocks.wall()))
        guard refused.isEmpty else { throw .missingLayers(refused, policy: policy.name) }
        return missing.map(\.layer.rawValue)
    }

    /// The layers that the host cannot give, for the center.
    var missingLayers: [MissingLayer] {
        host.report.layers.filter { !$0.isAvailable }.map {
            MissingLayer(name: $0.name, why: "\($0.detail ?? "not available"): \($0.remedy)")
        }
    }

    private func appLog(_ manifest: Manifest) -> Logger {
        var appLog = log
        appLog[metadataKey: "app"] = "\(manifest.name)"
        appLog[metadataKey: "version"] = "\(manifest.version)"
        return appLog
    }
}

/// What a test shows an app in the place of the host.
package struct AppStage: Sendable {
    /// By path inside: the file or folder that is shown there.
    package let files: [String: String]
    /// By `HOST:PORT`; a stage without any has no network at all.
    package let network: [String: PreparedAnswer]
    /// Learns from the app's workers what it needs; nil runs them as ever.
    package var recorder: RunRecorder?

    package init(files: [String: String], network: [String: PreparedAnswer], recorder: RunRecorder? = nil) {
        self.files = files
        self.network = network
        self.recorder = recorder
    }
}
