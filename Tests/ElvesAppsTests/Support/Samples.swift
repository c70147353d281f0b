/// A small app that every test can start from.
enum Samples {
    static let main = "print('hello')\n"

    static func manifest(name: String = "hello", version: String = "1.0.0") -> String {
        """
        name: \(name)
        version: \(version)
        language: python
        entry: main.py
        functions:
          greet:
            title: Say hello
        """
    }

    static func write(to folder: TemporaryFolder, below path: String = "app", version: String = "1.0.0") throws
        -> String
    {
        try folder.write("\(path)/app.yaml", manifest(version: version))
        try folder.write("\(path)/main.py", main)
        return "\(folder.path)/\(path)"
    }

    /// The entries of a good archive.
    static var entries: [ZipBuilder.Entry] {
        [ZipBuilder.Entry("app.yaml", manifest()), ZipBuilder.Entry("main.py", main)]
    }

    /// A good archive with further entries at its end.
    static func archive(_ more: ZipBuilder.Entry...) -> [UInt8] { ZipBuilder(entries: entries + more).bytes() }
}
