// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "tricks",
    dependencies: [.package(name: "elves-sdk", path: "../..")],
    targets: [
        .executableTarget(
            name: "tricks", dependencies: [.product(name: "ElvesWorker", package: "elves-sdk")])
    ],
    swiftLanguageModes: [.v6]
)
