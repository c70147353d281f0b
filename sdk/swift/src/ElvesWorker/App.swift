/// An app: a type with functions, constructed once per worker.
///
/// ```swift
/// import ElvesWorker
///
/// @main struct Hello: App {
///     var functions: [Function] {
///         Function("greet") { param in
///             .true("Hello, \(try param.text("name"))!")
///         }
///     }
/// }
/// ```
///
/// Calls come one at a time and on one thread, so a final class may count in its properties without a lock.
public protocol App {
    /// Runs before the worker is ready; an error that it throws ends the worker, and the log says why.
    init() throws

    /// Read once, after `init`.
    @FunctionsBuilder var functions: [Function] { get throws }
}

extension App {
    /// Runs the worker of this process and ends the process.
    public static func main() {
        runWorker { try Self().functions }
    }

    /// Calls a function without a host, for tests; nil stands for no parameter.
    ///
    /// - Throws: what the function throws, or `UnknownFunction`.
    public func call(_ name: String, _ param: JSON = nil) throws -> Answer {
        let table = try FunctionTable(functions)
        guard let function = table[name] else { throw UnknownFunction(name: name, known: table.names) }
        return try function.body(param.isNull ? .object(Members()) : param)
    }
}

/// One function of an app.
public struct Function {
    let name: String
    let body: (JSON) throws -> Answer

    /// - Parameter body: Takes the parameter, an empty object when the caller gave none. An error that it throws is
    ///   flag false with the reason `exception`; `BadParam` and `Cancelled` have their own reasons.
    public init(_ name: String, body: @escaping (JSON) throws -> Answer) {
        self.name = name
        self.body = body
    }
}

/// Makes a list of the functions that are written one after the other.
@resultBuilder public enum FunctionsBuilder {
    public static func buildExpression(_ function: Function) -> [Function] { [function] }
    public static func buildExpression(_ functions: [Function]) -> [Function] { functions }
    public static func buildBlock(_ parts: [Function]...) -> [Function] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [Function]?) -> [Function] { part ?? [] }
    public static func buildEither(first part: [Function]) -> [Function] { part }
    public static func buildEither(second part: [Function]) -> [Function] { part }
    public static func buildArray(_ parts: [[Function]]) -> [Function] { parts.flatMap { $0 } }
}
