/// The functions of an app by name.
struct FunctionTable {
    /// Sorted by code point, which is the order of the bytes.
    let names: [String]
    private let functions: [Function]

    init(_ functions: [Function]) throws {
        self.functions = functions.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
        names = self.functions.map(\.name)
        for (name, next) in zip(names, names.dropFirst()) where name.utf8.elementsEqual(next.utf8) {
            throw BadFunctions(description: "the function \(JSON.text(name)) is there twice")
        }
        guard names.first?.isEmpty != true else { throw BadFunctions(description: "a function has no name") }
    }

    /// A function by the bytes of its name.
    subscript(name: String) -> Function? {
        functions.first { $0.name.utf8.elementsEqual(name.utf8) }
    }
}

/// Why a list of functions cannot be served.
struct BadFunctions: Error, CustomStringConvertible {
    let description: String
}

/// A call of a function that there is not.
public struct UnknownFunction: Error, CustomStringConvertible {
    let name: String
    let known: [String]

    public var description: String {
        "no function \(JSON.text(name)); there is \(known.isEmpty ? "none" : known.joined(separator: ", "))"
    }
}
