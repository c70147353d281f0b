import ElvesDigest
import Testing

struct DigestTests {
    /// FIPS 180-4's examples, and lengths around the end of a block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ])
    func `SHA-256 gives the standard's digests`(text: String, digest: String) {
        #expect(Hexadecimal.text(SHA256.digest(text.utf8)) == digest)
    }

    @Test func `it does not matter how the bytes are cut`() {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0) }
        for size in [1, 3, 55, 56, 63, 64, 65, 119, 128, 299] {
            var hash = SHA256()
            for start in stride(from: 0, to: bytes.count, by: size) {
                hash.update(Array(bytes[start..<min(start + size, bytes.count)]))
            }
            #expect(hash.finish() == SHA256.digest(bytes), "pieces of \(size)")
        }
    }

    /// RFC 4231, cases 1, 2 and 6.
    @Test(arguments: [
        (
            [UInt8](repeating: 0x0b, count: 20), "Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        ),
        (
            Array("Jefe".utf8), "what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        ),
        (
            [UInt8](repeating: 0xaa, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        ),
    ])
    func `HMAC gives the RFC's codes`(key: [UInt8], message: String, code: String) {
        #expect(Hexadecimal.text(HMAC.code(Array(message.utf8), key: key)) == code)
    }

    @Test(arguments: ["": "", "f": "Zg==", "fo": "Zm8=", "foo": "Zm9v", "foob": "Zm9vYg==", "fooba": "Zm9vYmE="])
    func `base64 goes there and back`(text: String, base64: String) {
        #expect(Base64.text(Array(text.utf8)) == base64)
        #expect(Base64.bytes(base64) == Array(text.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zh==", "Zm9=", "Z===", "====", "Zg==Zg==", "Zm 9", "Zm9-", "Zm9v\n"])
    func `what is no base64 is none`(text: String) {
        #expect(Base64.bytes(text) == nil)
    }
}
