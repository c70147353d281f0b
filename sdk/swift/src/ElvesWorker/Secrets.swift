/// The secrets that a host passes on a descriptor of their own.
enum Secrets {
    /// The protocol's own limit.
    private static let limit = 65_536

    /// Reads one JSON object of texts to the end of the descriptor and closes it.
    static func read(from descriptor: Int32) throws(Refused) -> Members {
        guard let bytes = Descriptors.drain(descriptor, limit: limit) else {
            throw Refused("the secrets on descriptor \(descriptor) cannot be read, or are longer than \(limit) bytes")
        }
        // The messages name no value: a secret must not get into a log.
        guard let members = (try? JSON(parsing: bytes))?.members, members.allSatisfy({ $0.value.text != nil }) else {
            throw Refused("the secrets on descriptor \(descriptor) are not one JSON object of texts")
        }
        return members
    }
}
