// swift-tools-version: 6.1
import PackageDescription

let sdk = Context.environment["ELVES_SDK"] ?? "/ELVES_SDK-is-not-set"

let package = Package(
    name: "attack",
    dependencies: [.package(name: "elves-sdk", path: "\(sdk)/swift")],
    targets: [
        .executableTarget(
            name: "worker", dependencies: [.product(name: "ElvesWorker", package: "elves-sdk")], path: "Sources")
    ],
    swiftLanguageModes: [.v6]
)
