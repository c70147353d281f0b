/// An error that a file's refusal can be told as.
protocol TellsFileError: Error {
    static func file(_ error: FileError) -> Self
}

extension ArchiveError: TellsFileError {}
extension PackError: TellsFileError {}
extension AppStoreError: TellsFileError {}

extension TellsFileError {
    /// Runs `body` and tells its refusals as errors of this type.
    static func telling<Result: ~Copyable>(_ body: () throws(FileError) -> Result) throws(Self) -> Result {
        do { return try body() } catch { throw .file(error) }
    }
}
