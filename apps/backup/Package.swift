// swift-tools-version: 6.1
import PackageDescription

let sdk = Context.environment["ELVES_SDK"] ?? "../../sdk"

let package = Package(
    name: "backup",
    dependencies: [.package(name: "elves-sdk", path: "\(sdk)/swift")],
    targets: [
        // Archives: writing, checking, keeping. Knows nothing of Elves.
        .target(name: "Backup", dependencies: [.product(name: "ElvesDigest", package: "elves-sdk")]),
        // The functions.
        .executableTarget(
            name: "worker", dependencies: ["Backup", .product(name: "ElvesWorker", package: "elves-sdk")]),
        .testTarget(
            name: "BackupTests",
            dependencies: ["Backup", "worker", .product(name: "ElvesWorker", package: "elves-sdk")],
            path: "tests/BackupTests"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
