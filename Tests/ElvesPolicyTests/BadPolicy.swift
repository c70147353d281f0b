import Testing

/// The small policy with one text replaced, and what is said about it.
struct BadPolicy: Sendable, CustomTestStringConvertible {
    let replaced: String
    let by: String
    /// Line and column, counted from 1.
    let place: String
    let reason: String

    var testDescription: String { "\(by.prefix(60)): \(reason)" }

    init(_ replaced: String, _ by: String, _ place: String, _ reason: String) {
        (self.replaced, self.by, self.place, self.reason) = (replaced, by, place, reason)
    }

    static let table = [
        BadPolicy("", "", "1:1", "the file is empty"),
        BadPolicy("", "- a\n- b", "1:1", "must be a mapping"),
        BadPolicy("", "a: 1\n---\nb: 2\n", "2:1", "another document"),
        BadPolicy("summary: for tests", "summary: [", "6:14", "not YAML"),
        BadPolicy("summary: for tests", "summary: \"a\\tb\"", "4:10", "control character"),
        BadPolicy("summary: for tests", "summary: \"\"", "4:10", "\"summary\" is empty"),
        BadPolicy("summary: for tests", "summary: {a: b}", "4:10", "\"summary\" must be a text"),
        BadPolicy("version: 3", "version: 3\nname: twice", "2:1", "\"name\" is there twice"),
        BadPolicy("schema: elves.sandbox/v1", "schema: elves.sandbox/v2", "1:9", "must be elves.sandbox/v1"),
        BadPolicy("schema: elves.sandbox/v1", "scheme: elves.sandbox/v1", "1:1", "\"scheme\" is not a key"),
        BadPolicy("schema: elves.sandbox/v1\n", "", "1:1", "\"schema\" is missing"),
        BadPolicy("name: small", "name: Small", "2:7", "lower-case letters"),
        BadPolicy("name: small", "name: \(String(repeating: "a", count: 33))", "2:7", "1 to 32"),
        BadPolicy("version: 3", "version: three", "3:10", "must be a whole number"),
        BadPolicy("version: 3", "version: -3", "3:10", "must be a whole number"),
        BadPolicy("version: 3", "version: 0", "3:10", "is 0, must be from 1"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "[]", "6:16", "name at least one program"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "/usr/bin/env", "6:16", "\"runtime.interpreter\" must be a list"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "[python3]", "6:17", "must be an absolute path"),
        BadPolicy("[/usr/bin/none, /usr/bin/env]", "[/opt/python3]", "6:3", "is in no folder of filesystem.roots"),
        BadPolicy("  roots: {/usr: programs}\n", "", "9:3", "\"filesystem.roots\" is missing"),
        BadPolicy("{/usr: programs}", "[/usr]", "9:10", "must be a mapping"),
        BadPolicy("{/usr: programs}", "{/usr: \"\"}", "9:17", "is empty"),
        BadPolicy("{/usr: programs}", "{/usr/: programs}", "9:11", "no / at its end"),
        BadPolicy("{/usr: programs}", "{/usr/../etc: x}", "9:11", ".. parts"),
        BadPolicy("{/usr: programs}", "{/: everything}", "9:11", "must be an absolute path"),
        BadPolicy("/opt/none: an", "/usr: an", "10:14", "is in this policy twice"),
        BadPolicy("/opt/none: an", "/app/lib: an", "10:14", "/app belongs to the sandbox"),
        BadPolicy("/opt/none: an", "/proc: an", "10:14", "every sandbox has its own"),
        BadPolicy("{/opt/none: an example}", "&a {/opt/none: an example}", "10:13", "anchors and aliases"),
        BadPolicy("summary: for tests", "summary: &s for tests", "4:10", "anchors and aliases"),
        BadPolicy("requestable: {/etc/hosts: names", "requestable: {/etc/hosts: *p", "13:29", "undefined alias"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{bin: usr/bin}", "11:16", "which is no absolute path"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/bin\": /usr/bin}", "11:19", "stays inside"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/bin\": ../bin}", "11:19", "from the link's own folder"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/dev/fd\": ../../x}", "11:22", "stays inside"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/dev/fd\": ../a/../../x}", "11:22", "stays inside"),
        BadPolicy("{\"/bin\": \"usr/bin\"}", "{\"/dev/fd\": \"..\"}", "11:22", "stays inside"),
        BadPolicy("size: 64KiB", "size: 64K", "12:19", "such as 512KiB"),
        BadPolicy("size: 64KiB", "size: 1KiB", "12:19", "is 1024 bytes, must be from 65536"),
        BadPolicy("size: 64KiB", "size: 99999999999999GiB", "12:19", "must be a size"),
        BadPolicy("inodes: 16", "inode: 16", "12:26", "\"filesystem.scratch.inode\" is not a key"),
        BadPolicy("network: none", "network: host", "14:10", "must be none"),
        BadPolicy("network: none", "network: proxy", "14:10", "{allow: proxy, reason: …}"),
        BadPolicy("network: none", "network: {allow: loopback}", "14:10", "\"network.reason\" is missing"),
        BadPolicy("network: none", "network: {allow: proxy, reason: x, profile: p}", "14:45", "a .json file"),
        BadPolicy("network: none", "network: {allow: proxy, reason: x}", "14:10", "\"network.profile\" is missing"),
        BadPolicy(
            "network: none", "network: {allow: loopback, reason: x, profile: p.json}", "14:48", "is for the proxy only"),
        BadPolicy("network: none", "network: {host: x}", "14:11", "\"network.host\" is not a key"),
        BadPolicy("arguments: [\"-I\"]", "isolation: [forever]", "7:15", "must be one of fresh, zygote, resident"),
        BadPolicy("arguments: [\"-I\"]", "sdk: ../python", "7:8", "the plain name of a folder"),
        BadPolicy("network: none\n", "", "1:1", "\"network\" is missing"),
        BadPolicy("max: 32", "max: 0", "15:16", "is 0, must be from 1"),
        BadPolicy("writableCode: deny", "writableCode: allow", "15:34", "must be deny, or {allow: yes, reason: …}"),
        BadPolicy("writableCode: deny", "writableCode: {allow: yes}", "15:34", "\"process.writableCode.reason\" is missing"),
        BadPolicy("memory: 512MiB", "memory: lots", "17:11", "\"resources.memory\" is \"lots\""),
        BadPolicy("memory: 512MiB", "memory_max: 512MiB", "17:3", "\"resources.memory_max\" is not a key"),
        BadPolicy("cpu: 1.5", "cpu: 150%", "18:8", "such as 0.5, 1.0 or 2"),
        BadPolicy("cpu: 1.5", "cpu: 0.001", "18:8", "must be from 0.01"),
        BadPolicy("cpuTime: 60s", "cpuTime: 60", "19:12", "such as 60s, 10m or 1h"),
        BadPolicy("cpuTime: 60s", "cpuTime: 0s", "19:12", "is 0 seconds, must be from 1"),
        BadPolicy("  files: 256\n", "", "17:3", "\"resources.files\" is missing"),
        BadPolicy("LANG: C.UTF-8", "1LANG: x", "27:10", "no digit first"),
        BadPolicy("LANG: C.UTF-8", "LANG: [x]", "27:9", "\"environment.LANG\" must be a text"),
        BadPolicy("LANG: C.UTF-8", "LANG: \"a\\nb\"", "27:9", "line break"),
        BadPolicy("secrets: none", "secrets: environment", "29:10", "must be none, or {allow: fd, reason: …}"),
        BadPolicy("[{file: base.json, reason: tests}]", "[]", "31:13", "names no profile"),
        BadPolicy("file: base.json", "file: ../base.json", "31:21", "beside the policy"),
        BadPolicy("file: base.json", "file: base.bpf", "31:21", "a .json file"),
        BadPolicy("file: base.json, reason: tests", "file: base.json", "31:14", "reason\" is missing"),
        BadPolicy("file: base.json, reason", "file: base.json, digest: abc, reason", "31:40", "must be sha256:"),
        BadPolicy("profiles:", "add: [{names: [Read], reason: x}]\n  profiles:", "31:18", "the name of a system call"),
        BadPolicy("profiles:", "add: [{names: [read]}]\n  profiles:", "31:9", "reason\" is missing"),
        BadPolicy(
            "profiles:", "add: [{names: [read], args: [{index: 6, value: 1}], reason: x}]\n  profiles:", "31:40",
            "must be from 0 to 5"),
        BadPolicy(
            "profiles:", "add: [{names: [read], args: [{index: 0, mask: 0xF0, value: 0x1}], reason: x}]\n  profiles:",
            "31:62", "would never match"),
        BadPolicy("requires: [seccomp", "requires: [selinux", "32:12", "must be one of userns"),
        BadPolicy("requires: [seccomp", "requires: [seccomp>=2", "32:12", "only landlock has versions"),
        BadPolicy("requires: [seccomp", "requires: [seccomp, seccomp", "32:21", "in this list twice"),
        BadPolicy("default: deny", "default: allow", "33:24", "must be one of deny, kill"),
        BadPolicy("killAfter: 50", "killAfter: 0", "33:57", "is 0, must be from 1"),
        BadPolicy("killAfter: 50}", "killAfter: 50}\nextends: {name: python, digest: x}", "34:10", "stands alone"),
        BadPolicy(
            "killAfter: 50}",
            "killAfter: 50}\noptOut: [{layer: userns, reason: x, approvedBy: y, expires: 2026-01-31}]", "34:18",
            "only notify, landlock, cgroup can be done without"),
        BadPolicy(
            "killAfter: 50}",
            "killAfter: 50}\noptOut: [{layer: cgroup, reason: x, approvedBy: y, expires: 2026-02-30}]", "34:61",
            "must be a day such as 2026-01-31"),
        BadPolicy(
            "killAfter: 50}", "killAfter: 50}\noptOut: [{layer: cgroup, reason: x, expires: 2026-01-31}]", "34:10",
            "approvedBy\" is missing"),
        BadPolicy("", String(repeating: "[", count: 20_000), "1:1", "nesting level"),
    ]
}
