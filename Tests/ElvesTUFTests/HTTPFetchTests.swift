import ElvesHTTPClient
import ElvesTUF
import ElvesTestSupport
import Testing

/// Over HTTP, from servers that are well and servers that are not.
@Suite struct HTTPFetchTests {
    private let scratch: ScratchFolder
    private let timestamp = Resource.metadata(role: "timestamp", version: nil)

    init() throws { scratch = try ScratchFolder() }

    @Test func `a file comes whole, and names are quoted`() async throws {
        try scratch.makeFolder("files/a b%2F+")
        try scratch.write("files/2.caf%C3%A9%2F..%3F.json", Array("metadata".utf8))
        try scratch.write("files/a%20b%252F+", [])
        try await RepositoryServer.run(scratch) { server in
            let base = "\(server.address)/folder\(scratch.path)/files!"
            try await RepositoryFetcher.withFetcher(metadata: base, targets: base) { fetcher in
                let bytes = try await fetcher.bytes(.metadata(role: "café/..?", version: 2), limit: 100)
                #expect(bytes == Array("metadata".utf8))
                await #expect(throws: FetchError.absent(.target(path: "a b%2F+/x#?", digest: "00"))) {
                    try await fetcher.bytes(.target(path: "a b%2F+/x#?", digest: "00"), limit: 100)
                }
            }
            #expect(
                server.requests.map { $0.split(separator: "!").last.map(String.init) } == [
                    "/2.caf%C3%A9%2F..%3F.json", "/a%20b%252F+/00.x%23%3F",
                ])
        }
    }

    @Test(arguments: [
        ("status-404", "has no metadata \"timestamp\""), ("status-403", "has no metadata \"timestamp\""),
        ("status-500", "answers 500"), ("status-204", "answers 204"), ("status-302", "answers 302"),
        ("endless", "longer than the 16384 bytes"), ("drip", "did not come whole within"),
        ("silent", "said nothing for"), ("cut", "cannot be fetched"),
    ])
    func `a server that does not bring a file is given up`(kind: String, cause: String) async throws {
        var patience = RepositoryFetcher.Patience()
        // A server that gets no turn of the processor looks silent: where silence is not the matter, it may last.
        patience.silence = kind == "silent" ? .milliseconds(300) : .seconds(30)
        patience.start = kind == "drip" ? .milliseconds(600) : .seconds(30)
        let limits = patience
        try await RepositoryServer.run(scratch) { server in
            let error = await #expect(throws: FetchError.self) {
                try await RepositoryFetcher.withFetcher(
                    metadata: "\(server.address)/\(kind)", targets: nil, patience: limits
                ) { _ = try await $0.bytes(timestamp, limit: 16_384) }
            }
            #expect(error?.description.contains(cause) == true, "\(String(describing: error))")
        }
    }

    @Test func `nobody at the address`() async throws {
        let error = await #expect(throws: FetchError.self) {
            try await RepositoryFetcher.withFetcher(metadata: "http://127.0.0.1:1/", targets: nil) {
                _ = try await $0.bytes(timestamp, limit: 1)
            }
        }
        #expect(error?.description == "metadata \"timestamp\" cannot be fetched: Connection refused")
    }
}
