import Crypto
import ElvesJSON

/// Delegations to 2^`bitLength` roles with the same keys; a target's digest says which of them speaks for it.
package struct SuccinctRoles: Hashable, Sendable {
    package let keys: RoleKeys
    /// 1 to 32.
    package let bitLength: Int64
    package let namePrefix: String

    private static let members = RoleKeys.members.union(["bit_length", "name_prefix"])

    init(reading object: JSONObject) throws(JSONError) {
        keys = try RoleKeys(reading: object, known: Self.members)
        bitLength = try object.require("bit_length", object.integer("bit_length"))
        guard (1...32).contains(bitLength) else { throw .message("bit_length is \(bitLength) and must be 1 to 32") }
        namePrefix = try object.require("name_prefix", object.string("name_prefix"))
    }

    var json: RawJSON {
        .object {
            $0.add("bit_length", bitLength)
            $0.add("name_prefix", namePrefix)
            keys.write(to: &$0)
        }
    }

    /// The role that speaks for a target: numbered by the first bits of the SHA-256 of its path.
    func role(of path: String) -> DelegatedRole {
        let word = SHA256.hash(data: Array(path.utf8)).prefix(4).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let number = String(word >> UInt64(32 - bitLength), radix: 16)
        let width = String((UInt64(1) << UInt64(bitLength)) - 1, radix: 16).utf8.count
        let name = "\(namePrefix)-\(String(repeating: "0", count: width - number.utf8.count))\(number)"
        return DelegatedRole(name: name, keys: keys, scope: .paths([]), isTerminating: true)
    }
}
