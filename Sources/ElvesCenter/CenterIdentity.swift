import ElvesFiles
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
            try PrivateFile.write(Array(authority.certificatePEM.utf8), to: certificateFile.path(percentEncoded: false))
            try PrivateFile.write(Array(authority.keyPEM.utf8), to: keyFile.path(percentEncoded: false))
        }
        (certificatePEM, keyPEM) = try authority.issueServer(names: names, now: now)
    }
}
