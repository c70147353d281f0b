package import ElvesJSON

extension Policy {
    /// The policy as JSON, in the words of the file, with nothing left out; reading it gives the same policy.
    ///
    /// - Parameter profiles: The digests of the system call profiles by file name.
    func canonicalJSON(profiles digests: [String: String]) throws(SandboxError) -> [UInt8] {
        do {
            return try json(profiles: digests).canonical()
        } catch {
            throw .policy(.notYAML(PolicyPlace(file: name, line: 1, column: 1), reason: "has no canonical form: \(error)"))
        }
    }

    /// The same with its members in the order of a policy file.
    package func json(profiles digests: [String: String] = [:]) -> RawJSON {
        .object { policy in
            policy.add("schema", Self.schema)
            policy.add("name", name)
            policy.add("version", .integer(version))
            policy.add("summary", summary)
            if let parent {
                policy.add(
                    "extended",
                    .object { object in
                        object.add("name", parent.name)
                        object.add("digest", "sha256:" + parent.digest)
                    })
            }
            policy.add("runtime", runtime.json)
            policy.add("filesystem", filesystem.json)
            policy.add("network", network.json)
            policy.add("process", process.json)
            policy.add("resources", resources.json)
            policy.add(
                "environment", .object { object in for value in environment { object.add(value.name, value.value) } })
            policy.add("secrets", secrets.json)
            policy.add("syscalls", systemCalls.json(digests))
            policy.add("requires", .array(requires.map { .string($0.description) }))
            policy.add(
                "onViolation",
                .object { object in
                    object.add("default", onViolation.standard.rawValue)
                    object.add("tripwire", onViolation.tripwire.rawValue)
                    object.add("killAfter", .string("\(onViolation.killAfter)"))
                    object.add("reason", ifPresent: onViolation.reason)
                })
            policy.add("optOut", .array(optOuts.map(\.json)))
        }
    }
}

extension Policy.Runtime {
    fileprivate var json: RawJSON {
        .object { object in
            object.add("interpreter", .array(interpreters.map { .string($0) }))
            object.add("arguments", .array(arguments.map { .string($0) }))
            object.add("sdk", ifPresent: sdk)
            object.add("isolation", .array(isolations.map { .string($0) }))
            object.add("reason", ifPresent: reason)
        }
    }
}

extension Policy.Filesystem {
    fileprivate var json: RawJSON {
        func places(_ places: [Policy.Place]) -> RawJSON {
            .object { object in for place in places { object.add(place.path, place.reason) } }
        }
        return .object { object in
            object.add("roots", places(roots))
            object.add("optional", places(optional))
            object.add("links", .object { object in for link in links { object.add(link.path, link.value) } })
            object.add(
                "scratch",
                .object { object in
                    object.add("size", sizeText(scratch.bytes))
                    object.add("inodes", .string("\(scratch.inodes)"))
                    object.add("reason", ifPresent: scratch.reason)
                })
            object.add("requestable", places(requestable))
            object.add("read", places(read))
            object.add("write", places(write))
        }
    }
}

private func choice(_ allowed: String, _ reason: String, profile: String? = nil) -> RawJSON {
    .object { object in
        object.add("allow", allowed)
        object.add("profile", ifPresent: profile)
        object.add("reason", reason)
    }
}

extension Policy.Network {
    fileprivate var json: RawJSON {
        switch self {
        case .none: .string("none")
        case .loopback(let reason): choice("loopback", reason)
        case .proxy(let profile, let reason): choice("proxy", reason, profile: profile)
        }
    }
}

extension Policy.Secrets {
    fileprivate var json: RawJSON {
        switch self {
        case .none: .string("none")
        case .descriptor(let reason): choice("fd", reason)
        }
    }
}

extension Policy.Process {
    fileprivate var json: RawJSON {
        .object { object in
            object.add("max", .string("\(max)"))
            switch writableCode {
            case .deny: object.add("writableCode", "deny")
            case .allow(let reason): object.add("writableCode", choice("yes", reason))
            }
            object.add("reason", ifPresent: reason)
        }
    }
}

extension Policy.Resources {
    fileprivate var json: RawJSON {
        .object { object in
            object.add("memory", sizeText(memory))
            object.add("cpu", processorText(cpu))
            object.add("cpuTime", "\(cpuTime)s")
            object.add("wall", "\(wall)s")
            object.add("files", .string("\(files)"))
            object.add("fileSize", sizeText(fileSize))
            object.add("stdoutLine", sizeText(UInt64(stdoutLine)))
            object.add("stdout", sizeText(UInt64(stdout)))
            object.add("stderr", sizeText(UInt64(stderr)))
            object.add("reason", ifPresent: reason)
        }
    }
}

extension Policy.SystemCalls {
    fileprivate func json(_ digests: [String: String]) -> RawJSON {
        .object { object in
            object.add(
                "profiles",
                .array(
                    profiles.map { profile in
                        .object { object in
                            object.add("file", profile.file)
                            object.add("reason", profile.reason)
                            object.add("digest", ifPresent: (digests[profile.file] ?? profile.digest).map { "sha256:" + $0 })
                        }
                    }))
            object.add("add", .array(additions.map(\.json)))
            object.add("remove", .array(removals.sorted().map { .string($0) }))
        }
    }
}

extension Policy.SystemCalls.Addition {
    fileprivate var json: RawJSON {
        .object { object in
            object.add("names", .array(names.map { .string($0) }))
            object.add(
                "args",
                .array(
                    conditions.map { condition in
                        .object { object in
                            object.add("index", .string("\(condition.argument)"))
                            object.add("mask", .string("0x" + String(condition.mask, radix: 16)))
                            object.add("value", .string("0x" + String(condition.value, radix: 16)))
                        }
                    }))
            object.add("reason", reason)
        }
    }
}

extension Policy.OptOut {
    fileprivate var json: RawJSON {
        .object { object in
            object.add("layer", layer.rawValue)
            object.add("reason", reason)
            object.add("approvedBy", approvedBy)
            object.add("expires", expires.description)
        }
    }
}

/// A size as policies write it, exactly: every size in a policy is a whole number of KiB.
package func sizeText(_ bytes: UInt64) -> String {
    for (unit, shift) in [("GiB", 30), ("MiB", 20)] as [(String, UInt64)] where bytes > 0 && bytes % (1 << shift) == 0 {
        return "\(bytes >> shift)\(unit)"
    }
    return "\(bytes >> 10)KiB"
}

/// Processors as policies write them, from thousandths.
package func processorText(_ thousandths: UInt64) -> String {
    var rest = String(thousandths % 1000 + 1000).dropFirst()
    while rest.count > 1, rest.last == "0" { rest.removeLast() }
    return "\(thousandths / 1000).\(rest)"
}
