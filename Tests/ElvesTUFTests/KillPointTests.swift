import ElvesModel
import ElvesTUF
import ElvesTestSupport
import Foundation
import Synchronization
import Testing

/// A client that ends between any two files leaves a folder that the next one takes up.
@Suite struct KillPointTests {
    /// Brings a number of files, and then nothing any more.
    private final class FailingFetcher: Fetcher {
        struct Ended: Error {}
        private let inner: any Fetcher
        private let rest: Mutex<Int>

        init(_ inner: any Fetcher, after count: Int) {
            self.inner = inner
            rest = Mutex(count)
        }

        func fetch(_ resource: Resource, limit: Int64, into sink: ([UInt8]) throws -> Void) async throws {
            let isOver = rest.withLock {
                $0 -= 1
                return $0 < 0
            }
            if isOver { throw Ended() }
            try await inner.fetch(resource, limit: limit, into: sink)
        }
    }

    @Test(arguments: 0..<6)
    func `after any number of files`(count: Int) async throws {
        let scratch = try ScratchFolder()
        let metadata = try scratch.makeFolder("metadata")
        let all = try await Scenario.all()
        let scenario = try #require(all.first { $0.name == "all-four-move-on" })
        try TrustedFolder(metadata).write("root.json", bytes(of: "\(scenario.folder)/root.json"))
        let now = Timestamp(microseconds: try #require(try scenario.steps().first).now * 1_000_000)
        func fetcher(_ state: Int) -> FolderFetcher {
            FolderFetcher(metadata: "\(scenario.folder)/\(state)/metadata", targets: "")
        }
        func refresh(_ fetcher: any Fetcher) async throws {
            let folder = try TrustedFolder(metadata)
            defer { folder.unlock() }
            try await RepositoryClient(folder: folder, fetcher: fetcher, now: now).refresh()
        }
        try await refresh(fetcher(1))

        var isWhole = true
        do {
            try await refresh(FailingFetcher(fetcher(2), after: count))
        } catch is FailingFetcher.Ended { isWhole = false }
        #expect(isWhole == (count == 5))
        try await refresh(fetcher(2))

        for role in ["snapshot", "targets", "root"] {
            #expect(bytes(of: "\(metadata)/\(role).json") == bytes(of: "\(scenario.folder)/2/metadata/2.\(role).json"))
        }
    }
}
