// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "processor",
    dependencies: [.package(name: "elves-sdk", path: "../..")],
    targets: [
        .executableTarget(
            name: "processor", dependencies: [.product(name: "ElvesProcessor", package: "elves-sdk")])
    ],
    swiftLanguageModes: [.v6]
)
