import Crypto
package import NIOSSL
import SwiftASN1
import X509

/// An agent's own key, made on its host and never sent.
package struct AgentKey: Sendable {
    private let key: P256.Signing.PrivateKey

    package init() { key = P256.Signing.PrivateKey() }

    package var pem: String { key.pemRepresentation }

    /// The request for a certificate that an agent sends when it joins.
    package func certificateRequestPEM() throws -> String {
        try CertificateSigningRequest(
            version: .v1, subject: try DistinguishedName { CommonName("agent") }, privateKey: .init(key),
            attributes: .init(), signatureAlgorithm: .ecdsaWithSHA256
        ).serializeAsPEM().pemString
    }

    /// The id a certificate was issued for; nil if it names none.
    package static func agentID(in certificate: NIOSSLCertificate) -> String? {
        guard let bytes = try? certificate.toDERBytes(), let parsed = try? Certificate(derEncoded: bytes) else { return nil }
        for attribute in parsed.subject.flatMap({ Array($0) }) where attribute.type == .RDNAttributeType.commonName {
            return String(attribute.value)
        }
        return nil
    }
}
