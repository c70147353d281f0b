// swift-tools-version: 6.1
import PackageDescription

// No dependencies, and no Foundation in what a worker links: an app builds in seconds, offline, and starts in 2 ms.
let package = Package(
    name: "elves-sdk",
    products: [
        .library(name: "ElvesWorker", targets: ["ElvesWorker"]),
        .library(name: "ElvesProcessor", targets: ["ElvesProcessor"]),
        .library(name: "ElvesDigest", targets: ["ElvesDigest"]),
    ],
    targets: [
        // Strict JSON: the values of parameters and results.
        .target(name: "ElvesJSON", path: "src/ElvesJSON"),
        // SHA-256 and HMAC, for signatures and for apps that digest files.
        .target(name: "ElvesDigest", path: "src/ElvesDigest"),
        // The worker: what an app is made of.
        .target(name: "ElvesWorker", dependencies: ["ElvesJSON"], path: "src/ElvesWorker"),
        // The processor: takes the outcomes that a center sends.
        .target(name: "ElvesProcessor", dependencies: ["ElvesJSON", "ElvesDigest"], path: "src/ElvesProcessor"),

        .testTarget(name: "ElvesJSONTests", dependencies: ["ElvesJSON"], path: "tests/ElvesJSONTests"),
        .testTarget(name: "ElvesWorkerTests", dependencies: ["ElvesWorker"], path: "tests/ElvesWorkerTests"),
        .testTarget(
            name: "ElvesProcessorTests", dependencies: ["ElvesProcessor", "ElvesDigest"],
            path: "tests/ElvesProcessorTests"),
    ],
    swiftLanguageModes: [.v6]
)

for target in package.targets {
    target.swiftSettings = [
        .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ]
}
