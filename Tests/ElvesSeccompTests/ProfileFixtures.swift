import ElvesSeccomp
import Foundation

/// The repository that these tests are part of.
let repository = (0..<3).reduce(URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()) { url, _ in
    url.deletingLastPathComponent()
}.path

/// One of `sandbox/policies`.
func profileInRepository(_ name: String) throws -> SeccompProfile {
    let text = try String(contentsOfFile: repository + "/sandbox/policies/" + name, encoding: .utf8)
    return try SeccompProfile(json: Array(text.utf8), file: name)
}

func profile(_ json: String, file: String = "test.json") throws -> SeccompProfile {
    try SeccompProfile(json: Array(json.utf8), file: file)
}

/// A profile that refuses everything but what one rule says.
func rule(_ members: String) -> String {
    #"{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{\#(members)}]}"#
}

/// The same with one condition, which allows.
func argument(_ members: String, of name: String = "read") -> String {
    rule(#""names": ["\#(name)"], "action": "SCMP_ACT_ALLOW", "args": [{\#(members)}]"#)
}
