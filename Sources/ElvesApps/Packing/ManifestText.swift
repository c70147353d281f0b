import ElvesModel

/// The bytes of an `app.yaml` that go into an archive, and what they say.
struct ManifestText {
    let bytes: [UInt8]
    let manifest: Manifest

    /// - Parameter version: Stands in the place of the file's own; the file must have it on a line of its own then.
    init(of file: borrowing Descriptor, version: AppVersion?) throws(PackError) {
        var bytes: [UInt8]
        do { bytes = try file.read(at: 0, count: Manifest.byteLimit + 1) } catch { throw .file(error) }
        if let version { bytes = try Self.replacingVersion(in: bytes, by: version) }
        self.bytes = bytes
        do { manifest = try Manifest(yaml: bytes) } catch { throw .manifest(error) }
    }

    private static func replacingVersion(in bytes: [UInt8], by version: AppVersion) throws(PackError) -> [UInt8] {
        let key = Array("version:".utf8)
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false).map { Array($0) }
        guard let index = lines.firstIndex(where: { $0.starts(with: key) }) else { throw .versionNotOnItsLine }
        lines[index] = key + Array(" \(version)".utf8)
        return Array(lines.joined(separator: [0x0A]))
    }
}
