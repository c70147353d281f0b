/// An error as `TypeName: description`, which is the result and the log line of a function that failed.
struct ErrorText: CustomStringConvertible {
    let description: String

    init(_ error: any Error) {
        description = "\(type(of: error)): \(error)"
    }
}
