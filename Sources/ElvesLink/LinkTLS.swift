import ElvesProtocol
package import NIOSSL

/// The TLS settings of both ends of the link: version 1.3, and a certificate of the center's own authority on both sides.
package enum LinkTLS {
    package static func server(
        certificatePEM: String, keyPEM: String, authorityPEM: String
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try chain(certificatePEM), privateKey: try key(keyPEM))
        configuration.certificateVerification = .noHostnameVerification
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
        return try context(&configuration)
    }

    package static func client(
        certificatePEM: String, keyPEM: String, authorityPEM: String
    ) throws -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.certificateChain = try chain(certificatePEM)
        configuration.privateKey = try key(keyPEM)
        configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(authorityPEM.utf8)))
        return try context(&configuration)
    }

    private static func context(_ configuration: inout TLSConfiguration) throws -> NIOSSLContext {
        configuration.minimumTLSVersion = .tlsv13
        configuration.applicationProtocols = [LinkProtocol.alpn]
        return try NIOSSLContext(configuration: configuration)
    }

    private static func chain(_ pem: String) throws -> [NIOSSLCertificateSource] {
        try NIOSSLCertificate.fromPEMBytes(Array(pem.utf8)).map { .certificate($0) }
    }

    private static func key(_ pem: String) throws -> NIOSSLPrivateKeySource {
        .privateKey(try NIOSSLPrivateKey(bytes: Array(pem.utf8), format: .pem))
    }
}
