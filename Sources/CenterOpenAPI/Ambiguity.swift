package import ElvesHTTP

/// Why the signature of a request could have been made for another request.
///
/// The signed text joins names and values with `&` and `=` without escaping either, so a value that holds `&ip=` and a
/// parameter `ip` of its own give the same text. Whoever sees one signed request could send the other.
package enum Ambiguity: Error, Equatable, CustomStringConvertible {
    /// One name came twice: which value was meant is not signed.
    case repeated(name: String)
    /// A name holds `&` or `=`, so it may be several parameters.
    case joined
    /// A value holds `&NAME=` with the name of a parameter that is read.
    case hidden(name: String)
    /// There are more parameters than any request has.
    case tooMany(limit: Int)

    /// What is read of every request: the four of the signature, and the two by which permission is asked for.
    private static let readAlways: Set<String> = ["auth_id", "timestamp", "sign_type", "sign", "app", "ip"]

    /// The first thing that makes a request ambiguous; nil if it can be read in one way only.
    ///
    /// - Parameter names: The parameters the endpoint reads.
    package static func first(in parameters: FormParameters, of names: Set<String>) -> Ambiguity? {
        if parameters.isCutShort { return .tooMany(limit: FormParameters.mostParameters) }
        if let name = parameters.repeated { return .repeated(name: name) }
        for (name, value) in parameters.pairs {
            if name.utf8.contains(where: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: "=") }) { return .joined }
            if let hidden = hiddenName(in: value, of: names) { return .hidden(name: hidden) }
        }
        return nil
    }

    /// The first of the names, or of those that are read always, that stands in a value as `&NAME=`.
    private static func hiddenName(in value: String, of names: Set<String>) -> String? {
        // By bytes: a combining character after `&` makes one Character of both, and `&` would not be found.
        for part in value.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false).dropFirst() {
            guard let end = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: part[..<end], as: UTF8.self)
            if names.contains(name) || readAlways.contains(name) { return name }
        }
        return nil
    }

    /// For the log; of what the caller sent it repeats the beginning of a name at most.
    package var description: String {
        switch self {
        case .repeated(let name): "the parameter \(String(name.prefix(40)).debugDescription) came twice: send it once"
        case .joined: "the name of a parameter holds & or =: encode each name and each value by itself"
        case .hidden(let name):
            "a value holds &\(name)=, so its signature is also that of a request with another \(name): "
                + "leave that text out of the value"
        case .tooMany(let limit): "there are more than \(limit) parameters: send only those the endpoint reads"
        }
    }
}
