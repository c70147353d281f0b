/// What a function answers: whether it did what it is for, and any JSON value.
public struct Answer: Equatable, Sendable {
    public let flag: Bool
    public let result: JSON

    public init(flag: Bool, result: JSON) {
        self.flag = flag
        self.result = result
    }

    /// Flag true.
    public static func `true`(_ result: JSON) -> Answer { Answer(flag: true, result: result) }
    /// Flag true.
    public static func `true`(_ result: some JSONConvertible) -> Answer { Answer(flag: true, result: result.json) }
    /// Flag true without a result.
    public static var `true`: Answer { Answer(flag: true, result: .null) }

    /// Flag false: the function ran, and the answer is no.
    public static func `false`(_ result: JSON) -> Answer { Answer(flag: false, result: result) }
    /// Flag false: the function ran, and the answer is no.
    public static func `false`(_ result: some JSONConvertible) -> Answer { Answer(flag: false, result: result.json) }
}

/// Thrown by a function that refuses its parameter: flag false, reason `bad-param`.
public struct BadParam: Error, Equatable, CustomStringConvertible {
    public let description: String

    /// - Parameter description: What is wrong and what would be right; it is the result.
    public init(_ description: String) {
        self.description = description
    }
}

/// Thrown by a function that stops because of a cancel: flag false, reason `cancelled`.
public struct Cancelled: Error, Equatable, CustomStringConvertible {
    public let description: String

    /// - Parameter description: How far the function came; it is the result.
    public init(_ description: String = "cancelled") {
        self.description = description
    }
}
