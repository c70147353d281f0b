// swift-tools-version: 6.1
import PackageDescription

// `elves app build` sets ELVES_SDK to the folder with the SDKs. For an editor or a build by hand, set it likewise.
let sdk = Context.environment["ELVES_SDK"] ?? "/ELVES_SDK-is-not-set"

let package = Package(
    name: "{{name}}",
    dependencies: [.package(name: "elves-sdk", path: "\(sdk)/swift")],
    targets: [
        .executableTarget(
            name: "worker", dependencies: [.product(name: "ElvesWorker", package: "elves-sdk")], path: "Sources")
    ],
    swiftLanguageModes: [.v6]
)
