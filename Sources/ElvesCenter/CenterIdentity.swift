import ElvesLink
import Foundation

/// A center's keys and certificates, kept in files of its data folder.
struct CenterIdentity {
    let authority: CertificateAuthority
    let certificatePEM: String
    let keyPEM: String

    /// Reads the authority, or makes it at the first start, and issues a fresh certificate for the servers.
    init(folder: URL, names: [String], now: Date) throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let certificateFile = folder.appending(path: "authority.pem")
        let keyFile = folder.appending(path: "authority.key")
        if FileManager.default.fileExists(atPath: keyFile.path(percentEncoded: false)) {
            authority = try CertificateAuthority(
                certificatePEM: String(contentsOf: certificateFile, encoding: .utf8),
                keyPEM: String(contentsOf: keyFile, encoding: .utf8))
        } else {
            authority = try CertificateAuthority(name: "Elves center authority", now: now)
            // The key last: with the key there, the certificate is there too.
            try writePrivately(try authority.certificatePEM, to: certificateFile)
            try writePrivately(authority.keyPEM, to: keyFile)
        }
        (certificatePEM, keyPEM) = try authority.issueServer(names: names, now: now)
    }
}

/// Writes a file that only its owner may read, whole or not at all.
func writePrivately(_ text: String, to file: URL) throws {
    let path = file.path(percentEncoded: false)
    let descriptor = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CocoaError(.fileWriteNoPermission, userInfo: [NSFilePathErrorKey: path]) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try handle.write(contentsOf: Data(text.utf8))
    try handle.synchronize()
    guard rename(path + ".new", path) == 0 else {
        throw CocoaError(.fileWriteUnknown, userInfo: [NSFilePathErrorKey: path])
    }
}
