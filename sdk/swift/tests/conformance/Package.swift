// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "conformance",
    dependencies: [.package(name: "elves-sdk", path: "../..")],
    targets: [
        .executableTarget(
            name: "conformance", dependencies: [.product(name: "ElvesWorker", package: "elves-sdk")])
    ],
    swiftLanguageModes: [.v6]
)
