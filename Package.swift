// swift-tools-version: 6.1
import PackageDescription

// The map of the house. Targets stand bottom layer first; a target imports only targets above it in this file, and only
// those it names (checked by `make build` and by HouseTests).

let collections: [Target.Dependency] = [
    .product(name: "DequeModule", package: "swift-collections"), .product(name: "HeapModule", package: "swift-collections"),
    .product(name: "OrderedCollections", package: "swift-collections"),
]
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nio: [Target.Dependency] = [
    .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
]
let tls: [Target.Dependency] = [
    .product(name: "NIOSSL", package: "swift-nio-ssl"), .product(name: "NIOTLS", package: "swift-nio"),
]
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let cryptoExtras: Target.Dependency = .product(name: "CryptoExtras", package: "swift-crypto")
let certificates: [Target.Dependency] = [
    .product(name: "X509", package: "swift-certificates"), .product(name: "SwiftASN1", package: "swift-asn1"),
]
let yaml: Target.Dependency = .product(name: "Yams", package: "Yams")
let database: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let server: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let serverCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let serverTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let client: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "elves",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-asn1", from: "1.7.0"),
        .package(url: "https://github.com/apple/swift-certificates", from: "1.21.0"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // MARK: C
        /// libarchive, as Debian's libarchive-dev brings it.
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),
        /// libseccomp, as Debian's libseccomp-dev brings it.
        .systemLibrary(name: "CSeccomp", pkgConfig: "libseccomp", providers: [.apt(["libseccomp-dev"])]),
        /// The few system calls that Swift cannot reach: spawn with descriptors, sealed memory files, waiting for a child.
        .target(name: "CElvesSystem"),

        // MARK: Vocabulary
        /// Strict JSON: one reader and one writer for the worker protocol, the link and signed metadata.
        .target(name: "ElvesJSON"),
        /// Names, ids, versions, times, outcomes and error codes, and when they are valid.
        .target(name: "ElvesModel"),
        /// The messages of the two contracts (host and worker, agent and center) and the v2 signature.
        .target(name: "ElvesProtocol", dependencies: ["ElvesJSON", "ElvesModel", crypto]),

        // MARK: Decisions
        /// State machines without I/O or clock: dispatch, delivery, spool, workers.
        .target(name: "ElvesFlow", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol"] + collections),

        /// Cron: when an expression of Quartz is meant in a time zone, and what a schedule does then.
        .target(name: "ElvesCron", dependencies: ["ElvesModel"]),
        /// JSON Schema: what a function's parameters must be, checked, and explained to people.
        .target(name: "ElvesSchema", dependencies: ["ElvesJSON"]),
        /// Which agents an operator means, and one call to many of them: expressions, plans, waves, the stop.
        .target(name: "ElvesTargets", dependencies: ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesSchema", crypto]),

        // MARK: Mechanisms
        /// Files: read whole with a limit, private ones, data folders that one process holds.
        .target(name: "ElvesFiles", dependencies: ["CElvesSystem"]),
        /// Signed metadata of a repository (The Update Framework 1.0): reading, verifying, and the client's workflow.
        .target(name: "ElvesTUF", dependencies: ["ElvesJSON", "ElvesModel", crypto, cryptoExtras]),
        /// Makes and changes the signed metadata of a repository, and the key files that sign it.
        .target(
            name: "ElvesRepository",
            dependencies: [
                "ElvesJSON", "ElvesModel", "ElvesTUF", crypto, cryptoExtras,
                .product(name: "SwiftASN1", package: "swift-asn1"),
            ]),
        /// Callbacks to processors: signatures, schedule, and which endpoints may be called; no I/O.
        .target(name: "ElvesWebhooks", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol", crypto]),
        /// How the components of a center speak to each other, and every message they say.
        .target(name: "ElvesBus", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol"]),
        /// Durable state of a center: the store seam and its SQLite implementation.
        .target(
            name: "ElvesStore", dependencies: ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesProtocol", database]),
        /// The wire between agent and center: tokens, certificates, TLS, frames.
        .target(name: "ElvesLink", dependencies: ["ElvesModel", "ElvesProtocol", crypto] + nio + tls + certificates),
        /// Speaks HTTP to a center: for agents and for the command line.
        .target(
            name: "ElvesHTTPClient",
            dependencies: [
                "ElvesJSON", "ElvesLink", "ElvesModel", "ElvesProtocol", "ElvesTUF", client,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio + tls + certificates),
        /// What all routes of a center share: the request's context, forms, JSON bodies.
        .target(name: "ElvesHTTP", dependencies: ["ElvesJSON", "ElvesModel", server] + nio),
        /// System calls: their tables, profiles of the OCI, and the filters the kernel runs.
        .target(name: "ElvesSeccomp", dependencies: ["CElvesSystem", "CSeccomp", "ElvesFiles", "ElvesJSON"]),
        /// What a worker may see, use and do: policy files, read and judged.
        .target(name: "ElvesPolicy", dependencies: ["ElvesFiles", "ElvesJSON", "ElvesModel", "ElvesSeccomp", crypto, yaml]),
        /// App archives: manifest, packing, intake, and the versions an agent has on disk.
        .target(
            name: "ElvesApps",
            dependencies: ["CArchive", "ElvesJSON", "ElvesModel", "ElvesPolicy", "ElvesSchema", crypto, yaml]),
        /// Policy to launch plan to a confined process.
        .target(
            name: "ElvesSandbox",
            dependencies: ["CElvesSystem", "ElvesFiles", "ElvesJSON", "ElvesModel", "ElvesPolicy", "ElvesSeccomp"]),
        /// Reads archives of others in a process that can do nothing else.
        .target(name: "ElvesIntake", dependencies: ["CElvesSystem", "ElvesApps", "ElvesModel", "ElvesPolicy", "ElvesSandbox"]),
        /// Lets sandboxed workers out to granted places through a socket.
        .target(name: "ElvesEgress", dependencies: ["ElvesModel", log] + nio),
        /// Carries the events of worker processes to the decisions of ElvesFlow and back.
        .target(
            name: "ElvesWorkers",
            dependencies: ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesProtocol", "ElvesSandbox", log] + nio),

        // MARK: Components of a center; none imports another
        /// Sends tasks to agents and brings their outcomes back.
        .target(
            name: "CenterScheduler",
            dependencies: [
                "ElvesBus", "ElvesFlow", "ElvesModel", "ElvesProtocol", "ElvesStore", "ElvesWebhooks", lifecycle, log,
            ]),
        /// Schedules: tasks that come with time.
        .target(
            name: "CenterCron",
            dependencies: [
                "ElvesBus", "ElvesCron", "ElvesModel", "ElvesProtocol", "ElvesStore", lifecycle, log,
            ]),
        /// Queues: tasks that come after each other.
        .target(
            name: "CenterQueue", dependencies: ["ElvesBus", "ElvesFlow", "ElvesModel", "ElvesProtocol", "ElvesStore"]),
        /// Knows which agents are there.
        .target(name: "CenterHeartbeat", dependencies: ["ElvesBus", "ElvesModel", "ElvesProtocol"]),
        /// The center's end of the agents' links.
        .target(
            name: "CenterLink", dependencies: ["ElvesBus", "ElvesLink", "ElvesModel", "ElvesProtocol", log]),
        /// The signed metadata of the apps: takes in, signs what makes it current, serves.
        .target(
            name: "CenterRepository",
            dependencies: [
                "ElvesBus", "ElvesFiles", "ElvesHTTP", "ElvesJSON", "ElvesModel", "ElvesPolicy", "ElvesProtocol",
                "ElvesRepository", "ElvesTUF", crypto, server, lifecycle, log,
            ] + nio),
        /// Tells the apps' processors of the ends of tasks.
        .target(
            name: "CenterCallbacks",
            dependencies: [
                "ElvesBus", "ElvesModel", "ElvesStore", "ElvesWebhooks", client, lifecycle, log,
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio + tls),
        /// Apps, versions, bindings, keys, agents: who may do what; the routes of administrators and hosts.
        .target(
            name: "CenterSupervisor",
            dependencies: [
                "ElvesApps", "ElvesBus", "ElvesFlow", "ElvesHTTP", "ElvesJSON", "ElvesLink", "ElvesModel", "ElvesPolicy",
                "ElvesProtocol", "ElvesSchema", "ElvesStore", "ElvesWebhooks", server, log,
            ] + nio),
        /// The REST API of the original: `/api/v2`.
        .target(
            name: "CenterOpenAPI",
            dependencies: ["ElvesBus", "ElvesCron", "ElvesHTTP", "ElvesJSON", "ElvesModel", "ElvesProtocol", server, log] + nio),

        // MARK: Roles
        /// Assembles a center: the chosen components around a bus and a store.
        .target(
            name: "ElvesCenter",
            dependencies: [
                "CenterCallbacks", "CenterCron", "CenterHeartbeat", "CenterLink", "CenterOpenAPI", "CenterQueue",
                "CenterRepository", "CenterScheduler",
                "CenterSupervisor", "ElvesApps", "ElvesBus", "ElvesCron",
                "ElvesFiles",
                "ElvesHTTP", "ElvesJSON", "ElvesLink", "ElvesModel", "ElvesProtocol", "ElvesStore", "ElvesWebhooks", lifecycle,
                server,
                serverCore,
                serverTLS,
                log,
            ] + nio + tls),
        /// An agent: link, apps, calls, spool.
        .target(
            name: "ElvesAgent",
            dependencies: [
                "CElvesSystem", "ElvesApps", "ElvesEgress", "ElvesFiles", "ElvesFlow", "ElvesHTTPClient", "ElvesJSON",
                "ElvesLink",
                "ElvesModel",
                "ElvesProtocol",
                "ElvesPolicy", "ElvesSandbox", "ElvesSchema", "ElvesSeccomp", "ElvesTUF", "ElvesWorkers", lifecycle, log,
            ] + nio + tls),

        /// Measures a running center and agent against the floors they stand on.
        .target(
            name: "ElvesBench",
            dependencies: [
                "CElvesSystem", "ElvesAgent", "ElvesApps", "ElvesFlow", "ElvesHTTPClient", "ElvesJSON", "ElvesLink",
                "ElvesModel", "ElvesPolicy", "ElvesProtocol", "ElvesSandbox", "ElvesWorkers", log,
            ] + nio),

        // MARK: Entry
        /// One file per subcommand: read flags, build the services, run them, print, choose the exit code.
        .target(
            name: "ElvesCommands",
            dependencies: [
                "ElvesAgent", "ElvesApps", "ElvesBench", "ElvesBus", "ElvesCenter", "ElvesCron", "ElvesEgress", "ElvesFiles",
                "ElvesFlow",
                "ElvesHTTPClient", "ElvesIntake", "ElvesJSON", "ElvesLink", "ElvesModel", "ElvesProtocol", "ElvesRepository",
                "ElvesPolicy", "ElvesSandbox", "ElvesSchema", "ElvesSeccomp", "ElvesTUF", "ElvesTargets", "ElvesWorkers",
                arguments,
                crypto,
                lifecycle, log, signals,
            ] + nio),
        /// `@main`, nothing else.
        .executableTarget(name: "elves", dependencies: ["ElvesCommands"]),

        // MARK: Tests; see Tests/README.md
        .testTarget(name: "ElvesJSONTests", dependencies: ["ElvesJSON"]),
        .testTarget(name: "ElvesModelTests", dependencies: ["ElvesModel"]),
        .testTarget(name: "ElvesProtocolTests", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol"]),
        .testTarget(name: "ElvesFlowTests", dependencies: ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesProtocol"]),
        .testTarget(name: "ElvesTargetsTests", dependencies: ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesTargets"]),
        .testTarget(
            name: "ElvesWebhooksTests", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol", "ElvesWebhooks"]),
        .testTarget(name: "ElvesBusTests", dependencies: ["ElvesBus", "ElvesJSON", "ElvesModel", "ElvesProtocol"]),
        .testTarget(
            name: "ElvesStoreTests",
            dependencies: ["ElvesFlow", "ElvesJSON", "ElvesModel", "ElvesProtocol", "ElvesStore", database]),
        .testTarget(
            name: "ElvesAppsTests",
            dependencies: ["ElvesApps", "ElvesIntake", "ElvesJSON", "ElvesModel", "ElvesPolicy", "ElvesSandbox", "ElvesSchema"]),
        .testTarget(
            name: "ElvesPolicyTests",
            dependencies: ["ElvesFiles", "ElvesJSON", "ElvesModel", "ElvesPolicy", "ElvesSeccomp"]),
        .testTarget(name: "ElvesSeccompTests", dependencies: ["CSeccomp", "ElvesSeccomp"]),
        .testTarget(
            name: "ElvesSandboxTests",
            dependencies: ["CElvesSystem", "ElvesFiles", "ElvesModel", "ElvesPolicy", "ElvesSandbox", "ElvesSeccomp"]),
        .testTarget(
            name: "CenterComponentTests",
            dependencies: [
                "CenterCron", "CenterHeartbeat", "CenterOpenAPI", "CenterScheduler", "ElvesBus", "ElvesFlow", "ElvesHTTP",
                "ElvesJSON", "ElvesModel", "ElvesProtocol", "ElvesStore", lifecycle, log,
            ]),
        /// What the integration tests share: running programs, signed requests, waiting at process boundaries.
        .target(
            name: "ElvesTestSupport", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol"],
            path: "Tests/ElvesTestSupport"),
        .testTarget(
            name: "ElvesEgressTests", dependencies: ["ElvesEgress", "ElvesModel", "ElvesTestSupport", log] + nio),
        .testTarget(
            name: "ElvesCronTests", dependencies: ["ElvesCron", "ElvesModel", "ElvesTestSupport"], exclude: ["quartz"]),
        .testTarget(name: "ElvesSchemaTests", dependencies: ["ElvesJSON", "ElvesSchema", "ElvesTestSupport"]),
        /// Repositories made by python-tuf, read by the client; see Tests/Fixtures/tuf.
        .testTarget(
            name: "ElvesTUFTests",
            dependencies: ["ElvesHTTPClient", "ElvesJSON", "ElvesModel", "ElvesTUF", "ElvesTestSupport"]),
        .testTarget(
            name: "ElvesAgentTests",
            dependencies: [
                "ElvesAgent", "ElvesApps", "ElvesFlow", "ElvesHTTPClient", "ElvesJSON", "ElvesModel", "ElvesPolicy",
                "ElvesProtocol", "ElvesSandbox", "ElvesTUF", "ElvesTestSupport", "ElvesWorkers", crypto, log,
            ] + nio),
        .testTarget(
            name: "ElvesRepositoryTests",
            dependencies: [
                "CenterRepository", "ElvesBus", "ElvesJSON", "ElvesModel", "ElvesProtocol", "ElvesRepository", "ElvesTUF",
                "ElvesTestSupport", crypto, log,
            ]),
        /// Callbacks against receivers on loopback, one of them the Python library of Standard Webhooks.
        .testTarget(
            name: "CenterCallbacksTests",
            dependencies: [
                "CenterCallbacks", "ElvesBus", "ElvesJSON", "ElvesModel", "ElvesStore", "ElvesWebhooks",
                "ElvesTestSupport", log, .product(name: "NIOHTTP1", package: "swift-nio"),
            ] + nio),
        /// The real program, with real workers.
        .testTarget(
            name: "IntegrationTests", dependencies: ["ElvesJSON", "ElvesModel", "ElvesProtocol", "ElvesTestSupport"]),
        /// The rules of the house, checked against the tree.
        .testTarget(name: "HouseTests"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
