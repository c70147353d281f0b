import Foundation

/// Hosts that lack a layer of the sandbox, where a test can have none.
extension ScratchFolder {
    /// The real launcher with a probe that says that the kernel has no Landlock: the value for `ELVES_SANDBOX`.
    package func launcherWithoutLandlock() throws -> String {
        let real =
            ProcessInfo.processInfo.environment["ELVES_SANDBOX"]
            ?? URL(filePath: Checkout.binary).resolvingSymlinksInPath().deletingLastPathComponent()
            .appending(path: "elves-sandbox").path(percentEncoded: false)
        let launcher = file("elves-sandbox")
        try FileManager.default.createSymbolicLink(atPath: launcher, withDestinationPath: real)
        let script = "#!/bin/sh\n'\(real)-probe' | /usr/bin/sed 's/\"landlock\":[0-9]*/\"landlock\":0/'\n"
        try write("elves-sandbox-probe", Array(script.utf8))
        chmod(launcher + "-probe", 0o755)
        return launcher
    }

    /// The policies of this checkout, copied, with lines more in Python's: the value for `ELVES_POLICIES`.
    package func copyPolicies(adding lines: String = "") throws -> String {
        let folder = file("policies-\(UUID().uuidString.prefix(8))")
        try FileManager.default.copyItem(atPath: "\(Checkout.root)/sandbox/policies", toPath: folder)
        let python = folder + "/python.yaml"
        try (text(of: python) + lines).write(toFile: python, atomically: false, encoding: .utf8)
        return folder
    }

    /// The rest of an opt-out that counts today.
    package static var accepted: String {
        let end = Date.now.addingTimeInterval(30 * 86400).formatted(.iso8601.year().month().day())
        return "reason: an old kernel, approvedBy: security, expires: \(end)"
    }
}
