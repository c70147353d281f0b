import ElvesFiles
import Glibc

/// Where the files lie that a running Elves needs beside its executable.
///
/// Two shapes are known: an installed one (`<prefix>/bin/elves`, `<prefix>/share/elves/…`) and a checkout, found by walking up
/// from the executable. The environment values `ELVES_SANDBOX`, `ELVES_POLICIES` and `ELVES_SDK` each override one place; so does `ELVES_ATTACKS`
/// for the attack battery, which an installation need not have.
package struct Installation: Sendable, Equatable {
    /// The launcher, `elves-sandbox`.
    package let launcher: String
    /// The folder with the policy files.
    package let policies: String
    /// The folder with the SDKs, one folder for each.
    package let sdks: String

    package init(launcher: String, policies: String, sdks: String) {
        self.launcher = launcher
        self.policies = policies
        self.sdks = sdks
    }

    /// Looks for the files.
    ///
    /// - Parameters:
    ///   - executable: The path of the running program; links are followed.
    ///   - environment: The program's environment values, or a test's.
    /// - Throws: `InstallationError` with every place that was looked at.
    package static func find(
        executable: String, environment: [String: String]
    ) throws(InstallationError) -> Installation {
        let places = InstallationPlaces(executable: executable, environment: environment)
        return Installation(
            launcher: try places.find(.launcher), policies: try places.find(.policies),
            sdks: try places.find(.sdks))
    }

    /// Where the attack battery is, which nothing but its own command needs.
    ///
    /// - Throws: `InstallationError` with every place that was looked at.
    package static func findAttacks(
        executable: String, environment: [String: String]
    ) throws(InstallationError) -> String {
        try InstallationPlaces(executable: executable, environment: environment).find(.attacks)
    }

    /// The policy for apps of one language, such as `python`.
    package func policy(_ name: String) -> String { "\(policies)/\(name).yaml" }

    /// What archives carry of an SDK.
    package func sources(ofSDK name: String) -> String { "\(sdks)/\(name)/src" }

    /// What a new app of a language begins as.
    package func template(_ language: String) -> String { "\(sdks)/\(language)/template" }
}

/// What an installation consists of.
package enum InstallationPart: String, Sendable, CaseIterable {
    case launcher = "the sandbox launcher \"elves-sandbox\""
    case policies = "the folder of sandbox policies"
    case sdks = "the folder of SDKs"
    case attacks = "the attack battery"

    /// The environment value that says where it is.
    package var variable: String {
        switch self {
        case .launcher: "ELVES_SANDBOX"
        case .policies: "ELVES_POLICIES"
        case .sdks: "ELVES_SDK"
        case .attacks: "ELVES_ATTACKS"
        }
    }
}

/// A part that is nowhere.
package struct InstallationError: Error, Equatable, CustomStringConvertible {
    package let part: InstallationPart
    /// In the order in which they were looked at.
    package let places: [String]

    package init(part: InstallationPart, places: [String]) {
        self.part = part
        self.places = places
    }

    package var description: String {
        "\(part.rawValue) is not at \(places.map { "\"\($0)\"" }.joined(separator: ", ")): "
            + "install it there or set \(part.variable) to where it is"
    }
}

/// Where the parts may be, given where the executable is.
private struct InstallationPlaces {
    let environment: [String: String]
    /// The folder of the executable itself, then of the path it was called by, if they differ.
    let folders: [String]

    init(executable: String, environment: [String: String]) {
        self.environment = environment
        let paths = [realPath(executable), executable].compactMap { $0 }.map(parent)
        folders = paths.count == 2 && paths[0] == paths[1] ? [paths[0]] : paths
    }

    func find(_ part: InstallationPart) throws(InstallationError) -> String {
        let candidates = candidates(part)
        guard let place = candidates.first(where: fileExists) else {
            throw InstallationError(part: part, places: candidates)
        }
        return place
    }

    /// An override stands alone: a wrong one must not be made good by chance.
    private func candidates(_ part: InstallationPart) -> [String] {
        if let place = environment[part.variable], !place.isEmpty { return [place] }
        switch part {
        case .launcher:
            return folders.map { joined($0, "elves-sandbox") }
        case .policies:
            return folders.map { joined(parent($0), "share/elves/policies") } + inCheckout("sandbox/policies")
        case .sdks:
            return folders.map { joined(parent($0), "share/elves/sdk") } + inCheckout("sandbox/policies", "sdk")
        case .attacks:
            // The battery's own neighbours, the launcher's sources among them, come with it.
            return folders.map { joined(parent($0), "share/elves/sandbox/attacks") } + inCheckout("sandbox/attacks")
        }
    }

    /// In the nearest folder above the executable that has `mark`, or in each of them if none has it.
    private func inCheckout(_ mark: String, _ wanted: String? = nil) -> [String] {
        let above = folders.flatMap(ancestors)
        let roots = above.first { fileExists(joined($0, mark)) }.map { [$0] } ?? above
        var places: [String] = []
        for root in roots where !places.contains(joined(root, wanted ?? mark)) { places.append(joined(root, wanted ?? mark)) }
        return places
    }
}

private func realPath(_ path: String) -> String? {
    guard let pointer = realpath(path, nil) else { return nil }
    defer { free(pointer) }
    return String(cString: pointer)
}

/// The folder that holds this path; `/` is its own.
private func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

private func joined(_ folder: String, _ name: String) -> String { folder == "/" ? "/" + name : "\(folder)/\(name)" }

/// The folder and all above it, nearest first.
private func ancestors(_ folder: String) -> [String] {
    var result = [folder]
    var current = folder
    while current != "/" && current != "." {
        current = parent(current)
        result.append(current)
    }
    return result
}
