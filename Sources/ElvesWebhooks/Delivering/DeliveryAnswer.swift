package import ElvesModel

/// What came of one attempt to deliver a callback.
package enum DeliveryAnswer: Equatable, Sendable, CustomStringConvertible {
    /// The endpoint answered.
    ///
    /// `retryAfter` is how long it asks to be left alone; `text` the beginning of what it says.
    case status(Int, retryAfter: Duration? = nil, text: String = "")
    /// There was no answer: why, in words.
    case none(String)

    package var isSuccess: Bool { if case .status(200..<300, _, _) = self { true } else { false } }

    /// The endpoint wants nothing more, ever.
    var isGone: Bool { if case .status(410, _, _) = self { true } else { false } }

    /// How long the endpoint should be left alone; nil if it did not say that it has too much to do.
    var pause: Duration? {
        guard case .status(let status, let retryAfter, _) = self else { return nil }
        return retryAfter ?? ([429, 502, 503, 504].contains(status) ? EndpointLane.pause : nil)
    }

    /// Reads the header `Retry-After`: seconds, or a date.
    package static func retryAfter(_ header: String, at now: Timestamp) -> Duration? {
        if !header.isEmpty, header.utf8.count <= 10, header.utf8.allSatisfy(\.isASCIIDigit) {
            return Int64(header).map { .seconds($0) }
        }
        return Timestamp(httpDate: header).map { max($0 - now, .zero) }
    }

    package var description: String {
        switch self {
        case .status(410, _, _): "the endpoint answered 410: it wants no callbacks any more; set it again to go on"
        case .status(let status, _, let text):
            switch status {
            case 300..<400: "the endpoint answered \(status), and redirects are not followed: set the address it leads to"
            default: "the endpoint answered \(status)" + (text.isEmpty ? "" : ": \(text)")
            }
        case .none(let reason): reason
        }
    }
}
