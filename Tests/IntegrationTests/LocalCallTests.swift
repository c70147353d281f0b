import ElvesJSON
import ElvesTestSupport
import Foundation
import Testing

/// What an author who calls an app without a center lets it have: grants, secrets, a network, and no more than its limits.
@Suite(.fewAtOnce) struct LocalCallTests {
    private let scratch: ScratchFolder

    init() throws { scratch = try ScratchFolder() }

    private func call(_ app: String, _ arguments: String...) async throws -> CommandResult {
        try await elves(["call", "--local", app] + arguments, scratch)
    }

    @Test func `a path is there once it is granted, and what is written belongs to the owner of the folder`() async throws {
        let folder = try scratch.makeFolder("shared")
        let owner: uid_t = geteuid() == 0 ? 4242 : geteuid()
        try #require(chown(folder, owner, owner) == 0 || geteuid() != 0)
        try scratch.write("shared/there", Array("from the host".utf8))
        try #require(chown(folder + "/there", owner, owner) == 0 || geteuid() != 0)
        let app = try Checkout.fixture(
            "probe", adding: "sandbox: {filesystem: {write: [{path: \"\(folder)\", reason: tests}]}}\n", into: scratch)
        let file = folder + "/new"

        let refused = try await call(app, "write", "path=\(file)", "text=x")
        let other = try await call(app, "write", "path=\(file)", "text=x", "--grant", "read:\(folder)")
        let isUntouched = !FileManager.default.fileExists(atPath: file)
        let written = try await call(app, "write", "path=\(file)", "text=from the app", "--grant", "write:\(folder)", "--json")
        let read = try await call(app, "read", "path=\(folder)/there", "--grant", "write:\(folder)")
        let outside = try await call(app, "read", "path=\(scratch.path)/outside", "--grant", "write:\(folder)")

        for result in [refused, other] {
            #expect(result.code == 78)
            #expect(result.errors.contains("write:\(folder)") && result.errors.contains("--grant write:\(folder)"))
        }
        #expect(isUntouched)
        #expect(written.output == #"{"flag":true,"result":null,"reason":null}"# + "\n", "\(written.errors)")
        #expect(text(of: file) == "from the app")
        #expect(try FileManager.default.attributesOfItem(atPath: file)[.ownerAccountID] as? uid_t == owner)
        #expect(read.output == "from the host\n")
        #expect(outside.code == 1 && outside.output == "No such file or directory\n")
    }

    @Test func `a path that is granted to read cannot be written`() async throws {
        let folder = try scratch.makeSharedFolder("shown")
        let file = try scratch.write("shown/there", Array("from the host".utf8))
        chmod(file, 0o644)
        let app = try Checkout.fixture(
            "probe", adding: "sandbox: {filesystem: {read: [{path: \"\(folder)\", reason: tests}]}}\n", into: scratch)

        let read = try await call(app, "read", "path=\(file)", "--grant", "read:\(scratch.path)")
        let written = try await call(app, "write", "path=\(file)", "text=x", "--grant", "write:\(scratch.path)")

        #expect(read.output == "from the host\n", "\(read.errors)")
        #expect(written.code == 1 && written.output == "Read-only file system\n", "\(written.output)\(written.errors)")
        #expect(text(of: file) == "from the host")
    }

    @Test func `secrets come by name, from the command line or a file, and nowhere else`() async throws {
        let app = try Checkout.fixture("probe", adding: "secrets: [token, other]\n", into: scratch)
        let file = try scratch.write("token", Array("of a file\n".utf8))

        let given = try await call(app, "reveal", "name=token", "--secret", "token=a=b c", "--secret", "other=x", "--json")
        let read = try await call(app, "reveal", "name=token", "--secret", "token=@\(file)", "--secret", "other=x")
        let missing = try await call(app, "reveal", "name=token", "--secret", "token=hidden-value")
        let unknown = try await call(
            app, "reveal", "name=nosuch", "--secret", "token=hidden-value", "--secret", "other=x", "-v")

        #expect(given.output == #"{"flag":true,"result":{"secret":"a=b c","environment":false},"reason":null}"# + "\n")
        #expect(read.output == #"{"secret":"of a file","environment":false}"# + "\n")
        #expect(missing.code != 0)
        #expect((missing.output + missing.errors).contains("secret \"other\" of probe is not in what was given for this run"))
        #expect(unknown.code == 1)
        #expect(unknown.output.contains("nosuch") && unknown.output.contains("'other', 'token'"), "\(unknown.output)")
        for result in [missing, unknown] { #expect(!(result.output + result.errors).contains("hidden-value")) }
    }

    static let badOptions: [(options: [String], text: String)] = [
        (["--secret", "token"], "--secret takes NAME=VALUE or NAME=@FILE"),
        (["--secret", "token=1", "--secret", "token=2"], "secret token is given twice"),
        (["--secret", "token=@/tmp/ei-none"], "secret token: /tmp/ei-none is no text"),
        (["--grant", "read"], "read:/PATH, write:/PATH or network:HOST:PORT"),
        (["--grant", "read:relative"], "an absolute path"),
        (["--grant", "network:nowhere"], "HOST:PORT as in example.com:443"),
    ]

    @Test(arguments: badOptions)
    func `a grant or a secret that is none is refused`(_ options: [String], _ text: String) async throws {
        let result = try await elves(
            ["call", "--local", "\(Checkout.root)/Tests/Fixtures/apps/probe", "count"] + options, scratch)

        #expect([64, 65].contains(result.code))
        #expect(result.errors.contains(text), "\(result.errors)")
    }

    @Test func `logs and progress are shown when they are asked for`() async throws {
        let app = try Checkout.fixture("probe", into: scratch)

        let quiet = try await call(app, "tell")
        let verbose = try await call(app, "tell", "-v")

        #expect(quiet.output == "told\n" && quiet.errors.isEmpty)
        #expect(verbose.output == "told\n")
        let lines = verbose.errors.split(separator: "\n").map(String.init)
        #expect(lines == ["debug: looking", "40 % half way", "info: found it", "warning: odd", "100 %"])
    }

    @Test func `an app reaches the places it is granted, and no other`() async throws {
        try scratch.makeFolder("site")
        try scratch.write("site/index.html", Array("from the server".utf8))
        let server = try SpawnedProcess(
            "/usr/bin/python3",
            ["-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", scratch.file("site"), "0"],
            environment: Checkout.environment(scratch), files: scratch.file("server"))
        do {
            let line = try await eventually("the server says its port") { (server.output, server.output.contains("port ")) }
            let port = try #require(line.firstMatch(of: /port ([0-9]+)/)?.1)
            let unasked = try ReservedPort().number
            let app = try Checkout.fixture(
                "probe", adding: "sandbox: {network: [{host: \"127.0.0.1:\(port)\", reason: tests}]}\n", into: scratch)
            let grants = ["--grant", "network:127.0.0.1:\(port)"]

            let refused = try await call(app, "fetch", "place=127.0.0.1:\(port)")
            let fetched = try await call(app, "fetch", "place=127.0.0.1:\(port)", grants[0], grants[1])
            let other = try await call(app, "fetch", "place=127.0.0.1:\(unasked)", grants[0], grants[1])
            let open = try await call(app, "fetch", "place=127.0.0.1:\(unasked)", "--grant", "network:*:*")
            let without = try await call(try Checkout.fixture("probe", into: scratch), "fetch", "place=127.0.0.1:\(port)")

            #expect(refused.code == 78 && refused.errors.contains("--grant network:127.0.0.1:\(port)"))
            #expect(fetched.output == "from the server\n", "\(fetched.errors)")
            #expect(other.code == 1 && other.output == "403\n", "\(other.output)\(other.errors)")
            #expect(open.code == 1 && open.output == "403\n", "what the app did not ask for it does not get")
            #expect(without.code == 1 && without.output == "no proxy\n")
            #expect(server.errors.contains("GET / HTTP/1.0"))
        } catch {
            await server.kill()
            throw error
        }
        await server.kill()
    }

    /// Function, parameters, and what is answered by the one without and with a limit of its own.
    static let limits: [(function: String, pair: String, free: String, limited: String)] = [
        ("allocate", "mib=100", "100", "no memory"),
        ("allocate", "mib=8", "8", "8"),
        ("fork", "count=8", "8", "Resource temporarily unavailable"),
        ("fork", "count=1", "1", "1"),
        ("open", "count=64", "64", "Too many open files"),
        ("open", "count=4", "4", "4"),
        ("print", "kib=48", "48", "48"),
    ]

    @Test func `a function has the limits of its own, or the policy's`() async throws {
        let app = try Checkout.fixture("probe", into: scratch)
        for row in Self.limits {
            for (function, expected) in [(row.function, row.free), ("\(row.function)_little", row.limited)] {
                let result = try await call(app, function, row.pair)
                #expect(result.output == expected + "\n", "\(function) \(row.pair): \(result.output)\(result.errors)")
            }
        }
        let free = try await call(app, "print", "kib=200")
        let limited = try await call(app, "print_little", "kib=200", "--json")
        #expect(free.output == "200\n")
        #expect(try limited.object().string("reason") == "output-limit", "\(limited.output)")
    }
}
