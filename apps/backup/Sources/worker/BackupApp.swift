import Backup
package import ElvesWorker
import Glibc

/// Archives of folders: made, checked, listed, cleared away.
@main package struct BackupApp: App {
    package init() {}

    package var functions: [Function] {
        Function("create", body: create)
        Function("list", body: list)
        Function("prune", body: prune)
        Function("verify", body: verify)
    }

    private func create(_ param: JSON) throws -> Answer {
        let source = try folder(param, "source")
        let target = try folder(param, "target")
        let last = source.split(separator: "/").last.map(String.init) ?? ""
        let name = try ArchiveName(name: try param.text("name", default: last), time: time(nil))
        let creation = Creation(
            source: source, target: target, name: name, patterns: Patterns(try param.texts("exclude")),
            skipsUnreadable: try param.bool("skip_unreadable", default: false))
        log("archiving \(source) as \(target)/\(name.archive)")
        let created = try creation.run { done, total in
            progress(percent(done, total), "archived \(done) of \(total) bytes")
            try checkCancelled("stopped after \(done) of \(total) bytes; nothing was left behind")
        }
        for skipped in created.skipped { log("left out \(skipped.path): \(skipped.reason)", level: .warning) }
        for path in created.changed { log("\(path) changed while it was read", level: .warning) }
        return .true([
            "archive": "\(target)/\(name.archive)", "sha256": created.digest, "files": created.files,
            "bytes": created.archiveBytes, "changed": created.changed,
            "skipped": JSON.list(created.skipped.map { ["path": $0.path, "reason": $0.reason] }),
        ])
    }

    private func verify(_ param: JSON) throws -> Answer {
        let path = try folder(param, "archive")
        let parts = path.split(separator: "/")
        guard let name = parts.last.flatMap({ ArchiveName(file: String($0)) }) else {
            throw BadParam("\"archive\" is the path of an archive, as create and list name it")
        }
        let target = "/" + parts.dropLast().joined(separator: "/")
        let found = try Verification(name, in: target) { done, total in
            progress(percent(done, total), "checked \(done) of \(total) bytes")
            try checkCancelled("stopped after \(done) of \(total) bytes")
        }
        return Answer(
            flag: found.problemCount == 0,
            result: [
                "archive": path, "sha256": found.digest, "files": found.files, "bytes": found.bytes,
                "problems": found.problems, "problem_count": found.problemCount,
            ])
    }

    private func list(_ param: JSON) throws -> Answer {
        let target = try folder(param, "target")
        let name = try param.text("name", default: "")
        let shelf = try Shelf(target, name: name.isEmpty ? nil : name)
        return .true([
            "archives": JSON.list(shelf.items.map { json($0, in: target) }),
            "bytes": shelf.items.reduce(0) { $0 + $1.bytes },
        ])
    }

    private func prune(_ param: JSON) throws -> Answer {
        let target = try folder(param, "target")
        let keep = try param.integer("keep")
        guard keep > 0 else { throw BadParam("\"keep\" has to be 1 or more: the newest archive is never removed") }
        let isDry = try param.bool("dry_run", default: true)
        let shelf = try Shelf(target, name: try param.text("name"))
        // An archive that cannot be checked counts for nothing: it takes no other's place.
        let whole = shelf.items.filter(\.isComplete)
        let removed = Array(whole.dropFirst(keep))
        if !isDry {
            try shelf.tidy()
            for (number, item) in removed.enumerated() {
                try checkCancelled("stopped after \(number) of \(removed.count) archives")
                try shelf.remove(item)
                log("removed \(target)/\(item.name.archive)")
                progress(percent(number + 1, removed.count))
            }
        }
        return .true([
            "dry_run": isDry, "kept": JSON.list(whole.prefix(keep).map { json($0, in: target) }),
            "removed": JSON.list(removed.map { json($0, in: target) }),
            "incomplete": JSON.list(shelf.items.filter { !$0.isComplete }.map { json($0, in: target) }),
            "freed_bytes": removed.reduce(0) { $0 + $1.bytes },
        ])
    }

    private func json(_ item: Shelf.Item, in target: String) -> JSON {
        ["archive": "\(target)/\(item.name.archive)", "bytes": item.bytes, "complete": item.isComplete]
    }

    private func percent(_ done: Int, _ total: Int) -> Double {
        total == 0 ? 100 : Double(done) / Double(total) * 100
    }

    /// An absolute path without a way around in it.
    private func folder(_ param: JSON, _ key: String) throws(BadParam) -> String {
        let path = try param.text(key)
        let parts = path.split(separator: "/")
        guard path.hasPrefix("/"), !path.utf8.contains(0), !parts.isEmpty, !parts.contains(".."), !parts.contains(".")
        else { throw BadParam("\"\(key)\" has to be an absolute path without . and ..") }
        let plain = "/" + parts.joined(separator: "/")
        try requireGranted(plain, key)
        return plain
    }
}
