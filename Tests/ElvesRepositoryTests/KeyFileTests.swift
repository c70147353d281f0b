import ElvesModel
import ElvesRepository
import ElvesTUF
import ElvesTestSupport
import Testing

/// Key files: what is written can be read, by OpenSSL as well, and nothing else is taken for a key.
@Suite struct KeyFileTests {
    private static let passphrase = "correct horse battery"

    @Test(arguments: SigningKey.Algorithm.allCases)
    func `a key behind a passphrase signs as before`(_ algorithm: SigningKey.Algorithm) throws {
        let key = SigningKey(algorithm)
        let pem = try key.pem(passphrase: Self.passphrase, randomness: .system)

        let again = try SigningKey(pem: pem, passphrase: Self.passphrase)

        #expect(pem.hasPrefix("-----BEGIN ENCRYPTED PRIVATE KEY-----"))
        #expect(SigningKey.needsPassphrase(pem))
        #expect(again.algorithm == algorithm)
        #expect(again.publicKey == key.publicKey)
        let message = Array("signed".utf8)
        let verifier = try #require(KeyVerifier(PublicKey(pem: key.publicPEM)))
        #expect(verifier.isValid(try again.signature(over: message), over: message))
        #expect(!verifier.isValid(try again.signature(over: message), over: Array("another".utf8)))
    }

    @Test func `the same key is never written the same way twice behind a passphrase`() throws {
        let key = SigningKey()

        #expect(
            try key.pem(passphrase: Self.passphrase, randomness: .system)
                != key.pem(passphrase: Self.passphrase, randomness: .system))
        #expect(try key.pem(passphrase: nil, randomness: .system) == key.pem(passphrase: nil, randomness: .system))
    }

    @Test func `a wrong passphrase is told as such`() throws {
        let pem = try SigningKey().pem(passphrase: Self.passphrase, randomness: .system)

        for wrong in ["", "correct horse", "Correct horse battery", Self.passphrase + " "] {
            #expect(throws: KeyFileError.wrongPassphrase) { try SigningKey(pem: pem, passphrase: wrong) }
        }
        #expect(throws: KeyFileError.passphraseMissing) { try SigningKey(pem: pem, passphrase: nil) }
    }

    @Test func `one half of a key is not taken for the other`() throws {
        let key = SigningKey()
        let clear = try key.pem(passphrase: nil, randomness: .system)
        let sealed = try key.pem(passphrase: Self.passphrase, randomness: .system)

        #expect(throws: KeyFileError.wrongHalf(isPrivate: false)) { try SigningKey(pem: key.publicPEM, passphrase: nil) }
        #expect(throws: KeyFileError.wrongHalf(isPrivate: true)) { try PublicKey(pem: clear) }
        #expect(throws: KeyFileError.wrongHalf(isPrivate: true)) { try PublicKey(pem: sealed) }
    }

    @Test(arguments: ["", "key", "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n"])
    func `what is no key is refused`(_ text: String) {
        #expect(throws: KeyFileError.notAKey) { try SigningKey(pem: text, passphrase: nil) }
        #expect(throws: KeyFileError.notAKey) { try PublicKey(pem: text) }
    }

    // MARK: OpenSSL

    @Test(arguments: SigningKey.Algorithm.allCases)
    func `OpenSSL reads what is written`(_ algorithm: SigningKey.Algorithm) async throws {
        let scratch = try ScratchFolder()
        let key = SigningKey(algorithm)
        let file = try scratch.write("key", Array(key.pem(passphrase: Self.passphrase, randomness: .system).utf8))

        let printed = try await openssl(scratch, "pkey", "-in", file, "-passin", "pass:\(Self.passphrase)", "-pubout")

        #expect(try PublicKey(pem: printed) == key.publicKey)
    }

    @Test(arguments: [["-algorithm", "ed25519"], ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"]])
    func `what OpenSSL writes with scrypt is read`(_ algorithm: [String]) async throws {
        let scratch = try ScratchFolder()
        let (clear, sealed) = (scratch.file("clear"), scratch.file("sealed"))
        _ = try await openssl(scratch, ["genpkey", "-out", clear] + algorithm)
        _ = try await openssl(
            scratch, "pkcs8", "-topk8", "-scrypt", "-in", clear, "-out", sealed, "-passout", "pass:\(Self.passphrase)")
        let printed = try await openssl(scratch, "pkey", "-in", clear, "-pubout")

        let key = try SigningKey(pem: text(of: sealed), passphrase: Self.passphrase)

        #expect(try key.publicKey == PublicKey(pem: printed))
        #expect(try SigningKey(pem: text(of: clear), passphrase: nil).publicKey == key.publicKey)
    }

    @Test func `another encryption and another algorithm are refused by their names`() async throws {
        let scratch = try ScratchFolder()
        let (weak, rsa) = (scratch.file("weak"), scratch.file("rsa"))
        _ = try await openssl(
            scratch, "genpkey", "-algorithm", "ed25519", "-aes-256-cbc", "-pass", "pass:\(Self.passphrase)", "-out", weak)
        _ = try await openssl(scratch, "genpkey", "-algorithm", "RSA", "-out", rsa)

        let refused = #expect(throws: KeyFileError.self) {
            try SigningKey(pem: text(of: weak), passphrase: Self.passphrase)
        }
        // The identifier of PBKDF2.
        #expect(refused == .unknownEncryption("1.2.840.113549.1.5.12"))
        #expect(refused.map { "\($0)" }?.contains("openssl pkcs8 -topk8 -scrypt") == true)
        #expect(throws: KeyFileError.unknownAlgorithm) { try SigningKey(pem: text(of: rsa), passphrase: nil) }
    }

    @Test func `a file that asks for more work than the limit is refused without doing it`() async throws {
        let scratch = try ScratchFolder()
        // SEQUENCE { SEQUENCE { PBES2, SEQUENCE { SEQUENCE { scrypt, SEQUENCE { salt, N = 2^30, r = 8, p = 1 } }, … } }, … }
        let config = """
            asn1=SEQUENCE:info
            [info]
            a=SEQUENCE:algorithm
            b=FORMAT:HEX,OCT:00112233445566778899AABBCCDDEEFF
            [algorithm]
            a=OID:1.2.840.113549.1.5.13
            b=SEQUENCE:parameters
            [parameters]
            a=SEQUENCE:derivation
            b=SEQUENCE:scheme
            [derivation]
            a=OID:1.3.6.1.4.1.11591.4.11
            b=SEQUENCE:costs
            [costs]
            a=FORMAT:HEX,OCT:0011223344556677
            b=INTEGER:1073741824
            c=INTEGER:8
            d=INTEGER:1
            [scheme]
            a=OID:2.16.840.1.101.3.4.1.42
            b=FORMAT:HEX,OCT:00112233445566778899AABBCCDDEEFF
            """
        let file = try scratch.write("costs", Array(config.utf8))
        _ = try await openssl(scratch, "asn1parse", "-genconf", file, "-noout", "-out", scratch.file("der"))
        let base64 = try await openssl(scratch, "base64", "-in", scratch.file("der"))

        #expect(throws: KeyFileError.unknownEncryption("scrypt with costs beyond the limit")) {
            try SigningKey(
                pem: "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(base64)-----END ENCRYPTED PRIVATE KEY-----\n",
                passphrase: Self.passphrase)
        }
    }

    private func openssl(_ scratch: ScratchFolder, _ arguments: String...) async throws -> String {
        try await openssl(scratch, arguments)
    }

    private func openssl(_ scratch: ScratchFolder, _ arguments: [String]) async throws -> String {
        try await run("/usr/bin/openssl", arguments, scratch).succeeded().output
    }
}
