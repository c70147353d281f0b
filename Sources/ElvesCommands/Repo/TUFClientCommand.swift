import ArgumentParser
import ElvesHTTPClient
import ElvesModel
import ElvesTUF
import Foundation

/// The client of repositories on its own, for test suites and for looking at a repository from outside.
struct TUFClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tuf-client", abstract: "Verify a signed repository, as an agent does.",
        discussion: """
            Quiet when all is well. One line says what is wrong, and the exit code is 1.

              elves tuf-client --metadata-dir D init root.json
              elves tuf-client --metadata-dir D --metadata-url URL refresh
              elves tuf-client --metadata-dir D --metadata-url URL --target-base-url URL \\
                  --target-dir T --target-name apps/hello/1.0.0.zip download
            """)

    enum Action: String, ExpressibleByArgument, CaseIterable {
        case `init`, refresh, download
    }

    @Option(help: "The folder of the trusted metadata.")
    var metadataDir: String
    @Option(help: "Where the repository's metadata lies: an address, or a folder.")
    var metadataUrl: String?
    @Option(parsing: .unconditionalSingleValue, help: "A target to download; may be given several times.")
    var targetName: [String] = []
    @Option(help: "Where the repository's targets lie: an address, or a folder.")
    var targetBaseUrl: String?
    @Option(help: "The folder for downloaded targets; a \"/\" in a target's name is written %2F there.")
    var targetDir: String?
    @Argument(help: "init, refresh or download.")
    var action: Action
    @Argument(help: "For init: a root.json from a trusted source.")
    var root: String?

    func run() async throws {
        do {
            let folder = try TrustedFolder(metadataDir, isMade: action == .`init`)
            switch action {
            case .`init`: try begin(in: folder)
            case .refresh: try await withFetcher { try await client(folder, $0).refresh() }
            case .download: try await download(folder)
            }
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(.refused, "\(error)")
        }
    }

    private func begin(in folder: TrustedFolder) throws {
        guard let root else { throw CommandFailure(.usage, "init needs the path of a root.json") }
        guard let bytes = FileManager.default.contents(atPath: root) else {
            throw CommandFailure(.refused, "\(root) cannot be read")
        }
        try RepositoryClient.begin(in: folder, root: Array(bytes), now: Clocks.systemWall())
    }

    private func download(_ folder: TrustedFolder) async throws {
        guard !targetName.isEmpty, let targetDir else {
            throw CommandFailure(.usage, "download needs --target-name and --target-dir")
        }
        let destination = try TrustedFolder(targetDir, isMade: true)
        try await withFetcher { fetcher in
            let client = try client(folder, fetcher)
            for name in targetName { try await client.download(name, into: destination) }
        }
    }

    private func client(_ folder: TrustedFolder, _ fetcher: any Fetcher) throws -> RepositoryClient {
        try RepositoryClient(folder: folder, fetcher: fetcher, now: Clocks.systemWall())
    }

    private func withFetcher(_ body: (any Fetcher) async throws -> Void) async throws {
        guard let metadataUrl else { throw CommandFailure(.usage, "\(action.rawValue) needs --metadata-url") }
        if metadataUrl.hasPrefix("http://") || metadataUrl.hasPrefix("https://") {
            try await RepositoryFetcher.withFetcher(metadata: metadataUrl, targets: targetBaseUrl) { try await body($0) }
        } else {
            try await body(FolderFetcher(metadata: metadataUrl, targets: targetBaseUrl ?? metadataUrl))
        }
    }
}
