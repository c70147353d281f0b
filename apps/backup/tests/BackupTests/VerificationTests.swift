import Backup
import Glibc
import Testing

struct VerificationTests {
    let scratch: Scratch
    let name: ArchiveName

    init() throws {
        scratch = try Scratch()
        try scratch.put("a", "one")
        try scratch.put("b", "two")
        name = try ArchiveName(name: "source", time: 1_795_525_200)
        _ = try scratch.creation().run { _, _ in }
    }

    private func verify() throws -> Verification {
        try Verification(name, in: scratch.target) { _, _ in }
    }

    private var path: String { "\(scratch.target)/\(name.archive)" }

    @Test func `a whole archive has no problem`() throws {
        let found = try verify()
        #expect(found.problems == [])
        #expect(found.files == 2)
        #expect(found.bytes == 10240)
    }

    @Test func `a changed byte of a file is found twice over`() throws {
        try scratch.overwrite(path, "O", at: 512)
        let wrong = ["a is not what it was", "\(name.archive) has not the digest of \(name.archive).sha256"]
        #expect(try verify().problems == wrong)
    }

    @Test func `a changed header is found`() throws {
        try scratch.overwrite(path, "7", at: 100)
        let found = try verify()
        #expect(found.problems.first == "the archive is damaged: a header whose sum is wrong")
        #expect(found.problemCount == 2)
    }

    @Test func `a changed byte after the end is found`() throws {
        try scratch.overwrite(path, "x", at: 10239)
        #expect(try verify().problems == ["\(name.archive) has not the digest of \(name.archive).sha256"])
    }

    @Test(arguments: [300, 700, 1500])
    func `an archive that was cut off is found`(bytes: Int) throws {
        truncate(path, bytes)
        #expect(try verify().problems.first?.contains("ends too early") == true)
    }

    @Test func `a file that the list lacks, and one that only the list has, are named`() throws {
        let digest = String(repeating: "0", count: 64)
        try scratch.overwrite("\(path).files", "\(digest)  c\n")
        #expect(
            try verify().problems == [
                "a is not in \(name.archive).files", "b is not in \(name.archive).files", "c is missing in the archive",
            ])
    }

    @Test(arguments: ["nonsense", "0000  a", "\\zz"])
    func `a list that is none is an error that names its line`(text: String) throws {
        try scratch.overwrite("\(path).files", text)
        let error = #expect(throws: BadList.self) { try verify() }
        #expect(error?.description == "\(name.archive).files, line 1: not as sha256sum writes it")
    }

    @Test func `without its digest an archive cannot be verified`() throws {
        #expect(unlink("\(path).sha256") == 0)
        #expect(throws: FileFailure.self) { try verify() }
    }
}
