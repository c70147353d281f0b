import ElvesSandbox
import Foundation
import Testing

@Suite struct InstallationTests {
    let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    @Test func `an installed one is found beside the executable`() throws {
        let executable = try installed()

        let found = try Installation.find(executable: executable, environment: [:])

        #expect(found.launcher == scratch.path + "/bin/elves-sandbox")
        #expect(found.policies == scratch.path + "/share/elves/policies")
        #expect(found.sdks == scratch.path + "/share/elves/sdk")
        #expect(found.policy("python") == scratch.path + "/share/elves/policies/python.yaml")
    }

    @Test func `the battery is found in an installation and in a checkout, and need not be there`() throws {
        let executable = try installed()
        let error = #expect(throws: InstallationError.self) {
            try Installation.findAttacks(executable: executable, environment: [:])
        }
        #expect(error?.description.contains("set ELVES_ATTACKS") == true)

        try scratch.write("share/elves/sandbox/attacks/run.py", "")
        let found = try Installation.findAttacks(executable: executable, environment: [:])
        #expect(found == scratch.path + "/share/elves/sandbox/attacks")

        let built = try scratch.write("code/.build/debug/elves", "")
        try scratch.write("code/sandbox/attacks/run.py", "")
        let inCheckout = try Installation.findAttacks(executable: built, environment: [:])
        #expect(inCheckout == scratch.path + "/code/sandbox/attacks")
    }

    @Test func `links to the executable are followed`() throws {
        let executable = try installed()
        try scratch.write("elsewhere/note", "")
        let link = scratch.path + "/elsewhere/elves"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: executable)

        #expect(try Installation.find(executable: link, environment: [:]).launcher == scratch.path + "/bin/elves-sandbox")
    }

    @Test func `a checkout is found above the executable`() throws {
        let executable = try scratch.write("code/.build/debug/elves", "")
        try scratch.write("code/.build/debug/elves-sandbox", "")
        try scratch.write("code/sandbox/policies/python.yaml", "")
        try scratch.write("code/sdk/python/src/elves/__init__.py", "")

        let found = try Installation.find(executable: executable, environment: [:])

        #expect(found.policies == scratch.path + "/code/sandbox/policies")
        #expect(found.sdks == scratch.path + "/code/sdk")
    }

    @Test func `a build folder outside the checkout is found by the path it was called by`() throws {
        try scratch.write("build/debug/elves", "")
        try scratch.write("build/debug/elves-sandbox", "")
        try scratch.write("code/sandbox/policies/python.yaml", "")
        try scratch.write("code/sdk/python/src/elves/__init__.py", "")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.path + "/code/.build", withDestinationPath: scratch.path + "/build")

        let found = try Installation.find(executable: scratch.path + "/code/.build/debug/elves", environment: [:])

        #expect(found.launcher == scratch.path + "/build/debug/elves-sandbox")
        #expect(found.policies == scratch.path + "/code/sandbox/policies")
    }

    @Test func `environment values override each place`() throws {
        let executable = try installed()
        let launcher = try scratch.write("own/launcher", "")
        let environment = ["ELVES_SANDBOX": launcher, "ELVES_POLICIES": scratch.path + "/own", "ELVES_SDK": scratch.path]

        let found = try Installation.find(executable: executable, environment: environment)

        #expect(found == Installation(launcher: launcher, policies: scratch.path + "/own", sdks: scratch.path))
    }

    @Test func `a wrong override is not made good by another place`() throws {
        let executable = try installed()

        #expect(throws: InstallationError(part: .launcher, places: ["/none"])) {
            try Installation.find(executable: executable, environment: ["ELVES_SANDBOX": "/none"])
        }
    }

    @Test func `every place that was looked at is named`() throws {
        let executable = try scratch.write("bin/elves", "")
        let launcher = try scratch.write("launcher", "")

        let error = #expect(throws: InstallationError.self) {
            try Installation.find(executable: executable, environment: ["ELVES_SANDBOX": launcher])
        }

        let found = try #require(error)
        #expect(found.part == .policies)
        #expect(
            found.places.prefix(3) == [
                scratch.path + "/share/elves/policies", scratch.path + "/bin/sandbox/policies",
                scratch.path + "/sandbox/policies",
            ])
        #expect(found.places.last == "/sandbox/policies")
        #expect("\(found)".hasSuffix("install it there or set ELVES_POLICIES to where it is"))
    }

    private func installed() throws -> String {
        try scratch.write("bin/elves-sandbox", "")
        try scratch.write("share/elves/policies/python.yaml", "")
        try scratch.write("share/elves/sdk/python/elves/__init__.py", "")
        return try scratch.write("bin/elves", "")
    }
}
