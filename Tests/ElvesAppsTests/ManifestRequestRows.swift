/// Bad documents around what an app asks for: limits, network, secrets, its build, a legacy entry.
enum ManifestRequestRows {
    typealias Row = ManifestRefusalTests.Row

    static let all: [Row] =
        [
            Row("runtime unknown", "line 8, column 10: \"runtime\": expected one of legacy", adding: "runtime: proxy"),
            Row(
                "interpreter without legacy", "\"entry\": expected a file; an interpreter before it",
                replacing: "main.py", by: "python|main.py"),
            legacy("no interpreter", "expected INTERPRETER|FILE", entry: "|main.py"),
            legacy("interpreter relative", "expected INTERPRETER|FILE", entry: "bin/python|main.py"),
            legacy("interpreter climbs", "expected INTERPRETER|FILE", entry: "/usr/../bin/python|main.py"),
            legacy("interpreter with arguments", "expected INTERPRETER|FILE", entry: "python -c|main.py"),
            legacy("file absolute", "the path is absolute", entry: "python|/etc/passwd"),
            legacy("no file", "expected a file below", entry: "python|"),
            legacy("file in .elves", "a part of .elves", entry: "python|.elves/a"),
            Row("build a text", "\"build\": expected a list", adding: "build: sh build.sh"),
            Row("build empty", "\"build\": expected a command as a list", adding: "build: []"),
            Row("build with an empty word", "line 8, column 13: \"build[1]\": is empty", adding: "build: [sh, '']"),
            Row("build with a map", "\"build[0]\": expected text", adding: "build: [{a: b}]"),
            Row("unknown limit", "line 9, column 3: unknown key \"cpu\"", adding: "limits:\n  cpu: 1"),
            limit("memory", "512", "\"limits.memory\": expected a size such as 512KiB, 64MiB or 1GiB, from 16MiB to 64GiB"),
            limit("memory", "8MiB", "from 16MiB to 64GiB"),
            limit("memory", "65GiB", "from 16MiB to 64GiB"),
            limit("memory", "9223372036854775807GiB", "from 16MiB to 64GiB"),
            limit("memory", "-64MiB", "from 16MiB to 64GiB"),
            limit("memory", "64MB", "from 16MiB to 64GiB"),
            limit("memory", "MiB", "from 16MiB to 64GiB"),
            limit("processes", "0", "expected a whole number of processes from 1 to 4096"),
            limit("files", "3", "expected a whole number of files from 16 to 65536"),
            limit("output", "1KiB", "from 64KiB to 1GiB"),
            Row(
                "unknown limit of a function", "line 9, column 7: unknown key \"time\"",
                adding: "    limits:\n      time: 1"),
            Row(
                "processor time of a resident function", "cpu_time is for fresh and zygote functions",
                adding: "    isolation: resident\n    limits: {cpu_time: 5}"),
            Row(
                "limit of a function", "\"functions.greet.limits.files\": expected a whole number",
                adding: "    limits: {files: many}"),
            network("a word", "\"sandbox.network\": expected a list", "any"),
            network("host without port", "\"sandbox.network[0].host\": expected NAME:PORT", host("example.com")),
            network("port 0", "expected NAME:PORT", host("example.com:0")),
            network("port 65536", "expected NAME:PORT", host("example.com:65536")),
            network("port with a zero first", "expected NAME:PORT", host("example.com:080")),
            network("port empty", "expected NAME:PORT", host("example.com:")),
            network("port with a sign", "expected NAME:PORT", host("example.com:+80")),
            network("host in upper case", "expected NAME:PORT", host("Example.com:443")),
            network("host with a part of it open", "expected NAME:PORT", host("*.example.com:443")),
            network("host with an empty label", "expected NAME:PORT", host("example..com:443")),
            network("host with - at its end", "expected NAME:PORT", host("example-.com:443")),
            network("host empty", "expected NAME:PORT", host(":443")),
            network("host of 254", "expected NAME:PORT", host(String(repeating: "a.", count: 126) + "aa:443")),
            network("address without brackets", "expected NAME:PORT", host("::1:443")),
            network("address in bad brackets", "expected NAME:PORT", host("[example.com]:443")),
            network("a scheme", "expected NAME:PORT", host("https://example.com:443")),
            network("reason missing", "\"reason\" is missing", "[{host: \"a.test:1\"}]"),
            network("host missing", "\"host\" is missing", "[{reason: x}]"),
            network("a path", "unknown key \"path\"; accepted here: host, reason", "[{path: /x, reason: x}]"),
            network(
                "host twice", "a.test:1 is asked for twice",
                "[{host: \"a.test:1\", reason: x}, {host: \"a.test:1\", reason: y}]"),
            Row("secrets a map", "\"secrets\": expected a list", adding: "secrets: {a: b}"),
            Row("secret with =", "line 8, column 11: \"secrets[0]\": the name of a secret", adding: "secrets: [a=b]"),
            Row("secret of 65", "the name of a secret", adding: "secrets: [\(String(repeating: "s", count: 65))]"),
            Row("secret twice", "\"secrets[1]\": a is there twice", adding: "secrets: [a, a]"),
            Row(
                "secrets without end", "an app has at most 64 secrets",
                adding: "secrets: [\((0...64).map { "s\($0)" }.joined(separator: ", "))]"),
            Row("processor empty", "line 8, column 12: \"url\" is missing", adding: "processor: {}"),
            Row("processor a text", "\"processor\": expected a map", adding: "processor: https://a.test"),
        ]
        + [
            "ftp://a.test", "https://", "https:///x", "a.test", "https://user@a.test/", "https://a.test/#x",
            "https://:80/", "https://a.test/ä",
        ].map { url in
            Row("processor \(url)", "\"processor.url\": expected an address", adding: "processor: {url: \"\(url)\"}")
        }

    private static func legacy(_ name: String, _ expected: String, entry: String) -> Row {
        Row("legacy: \(name)", expected, replacing: "entry: main.py", by: "runtime: legacy\nentry: \"\(entry)\"")
    }

    private static func limit(_ key: String, _ value: String, _ expected: String) -> Row {
        Row("limit \(key) \(value)", expected, adding: "limits: {\(key): \(value)}")
    }

    private static func network(_ name: String, _ expected: String, _ value: String) -> Row {
        Row("network: \(name)", expected, adding: "sandbox: {network: \(value)}")
    }

    private static func host(_ text: String) -> String { "[{host: \"\(text)\", reason: x}]" }
}
