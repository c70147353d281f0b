/// Why there is no such time zone.
package enum TimeZoneError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The text cannot be the name of one.
    case badName
    case unknown(name: String)
    case damaged(name: String, reason: String)

    package var description: String {
        switch self {
        case .badName: "this is no name of a time zone: it has letters, digits and + - _ / in it, as in Europe/Berlin"
        case .unknown(let name):
            "the time zone \"\(name)\" is not known here; names are those of the IANA database, as in Europe/Berlin or UTC, "
                + "and Debian has it in the package tzdata"
        case .damaged(let name, let reason): "the data of the time zone \"\(name)\" cannot be read: \(reason)"
        }
    }
}
