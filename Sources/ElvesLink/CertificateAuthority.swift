import Crypto
package import ElvesModel
package import Foundation
import SwiftASN1
package import X509

/// A center's own certificate authority: it signs the center's certificate and one for each agent.
///
/// P-256 throughout: NIOSSL leaves Ed25519 out of TLS unless both ends set their algorithm lists.
package struct CertificateAuthority: Sendable {
    package let certificate: Certificate
    private let key: P256.Signing.PrivateKey

    package init(certificatePEM: String, keyPEM: String) throws {
        certificate = try Certificate(pemEncoded: certificatePEM)
        key = try P256.Signing.PrivateKey(pemRepresentation: keyPEM)
    }

    /// Makes a new authority, valid for ten years.
    package init(name: String, now: Date) throws {
        let key = P256.Signing.PrivateKey()
        let subject = try DistinguishedName { CommonName(name) }
        self.key = key
        certificate = try Certificate(
            version: .v3, serialNumber: .init(), publicKey: .init(key.publicKey), notValidBefore: now - 300,
            notValidAfter: now + 3653 * 86400, issuer: subject, subject: subject,
            signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: .init(key.publicKey))
            },
            issuerPrivateKey: .init(key))
    }

    package var certificatePEM: String { get throws { try certificate.serializeAsPEM().pemString } }
    package var keyPEM: String { key.pemRepresentation }

    /// The SHA-256 of the certificate: what a token carries, so that an agent knows its center before it has joined.
    package var fingerprint: ElvesModel.Digest {
        get throws { try Self.fingerprint(of: certificate) }
    }

    package static func fingerprint(of certificate: Certificate) throws -> ElvesModel.Digest {
        var serializer = DER.Serializer()
        try serializer.serialize(certificate)
        return ElvesModel.Digest(bytes: SHA256.hash(data: serializer.serializedBytes))
    }

    /// A certificate and key for the center's servers, valid for a year.
    ///
    /// - Parameter names: Host names and addresses by which the center may be dialled.
    package func issueServer(names: [String], now: Date) throws -> (certificatePEM: String, keyPEM: String) {
        let leaf = P256.Signing.PrivateKey()
        let alternatives: [GeneralName] = names.map { name in
            if let address = IPv4Address(name) {
                let bytes = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: address.number >> $0) }
                return .ipAddress(ASN1OctetString(contentBytes: bytes[...]))
            }
            return .dnsName(name)
        }
        let issued = try issue(
            subject: "elves center", publicKey: .init(leaf.publicKey), usage: .serverAuth, days: 398, now: now,
            alternatives: alternatives)
        return (try issued.serializeAsPEM().pemString, leaf.pemRepresentation)
    }

    /// Signs an agent's request. Of the request only the key counts: the name is the id the center gives.
    ///
    /// - Throws: If the request is not well formed or not signed by its own key.
    package func issueAgent(_ agent: AgentID, requestPEM: String, now: Date) throws -> String {
        let request = try CertificateSigningRequest(pemEncoded: requestPEM)
        guard request.publicKey.isValidSignature(request.signature, for: request) else {
            throw CertificateError.requestNotSignedByItsKey
        }
        return try issue(
            subject: agent.text, publicKey: request.publicKey, usage: .clientAuth, days: 3653, now: now, alternatives: []
        ).serializeAsPEM().pemString
    }

    private func issue(
        subject: String, publicKey: Certificate.PublicKey, usage: ExtendedKeyUsage.Usage, days: Double, now: Date,
        alternatives: [GeneralName]
    ) throws -> Certificate {
        try Certificate(
            version: .v3, serialNumber: .init(), publicKey: publicKey, notValidBefore: now - 300,
            notValidAfter: min(now + days * 86400, certificate.notValidAfter), issuer: certificate.subject,
            subject: try DistinguishedName { CommonName(subject) }, signatureAlgorithm: .ecdsaWithSHA256,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([usage])
                if !alternatives.isEmpty { SubjectAlternativeNames(alternatives) }
            },
            issuerPrivateKey: .init(key))
    }
}

package enum CertificateError: Error, CustomStringConvertible {
    case requestNotSignedByItsKey

    package var description: String {
        switch self {
        case .requestNotSignedByItsKey: "the certificate request is not signed by the key it names"
        }
    }
}
