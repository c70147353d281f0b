import ElvesModel

/// The smallest request with which an app could have done what was recorded; never applied by itself.
package struct RequestProposal: Sendable {
    /// What its manifest has now.
    package let present: AppRequest
    package let proposed: AppRequest
    /// What no request can give: the app's policy has to be another one, or the app.
    package let beyond: [String]
    /// What was tried and is not proposed, and why.
    package let notes: [String]

    /// What is at a path of the host.
    package enum Presence: Sendable {
        case file, folder
    }

    /// How much more than the recorded peak an app gets: other inputs, other hosts.
    private static let headroom = (numerator: UInt64(3), denominator: UInt64(2))

    /// - Parameters:
    ///   - present: What the manifest asks for now.
    ///   - policy: Of the app's language.
    ///   - recording: Of as much of the app as its proposal shall be for.
    ///   - beyond: System calls that the policy does not allow, in words.
    ///   - presence: What is at a path of the host where the app was recorded.
    package init(
        _ present: AppRequest, under policy: Policy, from recording: Recording, beyond: [String],
        presence: @escaping (String) -> Presence?
    ) {
        var files = PathProposal(present.wishes, policy, presence)
        for phase in Recording.Phase.allCases {
            for path in recording.paths where path.moment.phase == phase { files.add(path) }
        }
        let network = placeProposal(present.wishes, recording.places)
        let limits = Self.limits(present.limits, policy, recording.peaks)
        self.present = present
        proposed = AppRequest(
            wishes: files.wishes + network.wishes, language: present.language, runtime: present.runtime,
            isolations: present.isolations, secrets: present.secrets, limits: limits)
        self.beyond = beyond
        notes =
            files.notes + network.notes
            + (present.secrets.isEmpty
                ? [] : ["secrets are handed over at the start, so it is not seen which of them are read: all are kept"])
    }

    /// From what is asked now to what is proposed.
    package var diff: PolicyDiff { PolicyDiff(from: present, to: proposed) }

    package var isEqual: Bool { diff.changes.isEmpty && beyond.isEmpty }

    /// Limits that are neither too small nor many times too large stay as they are: a peak is never twice the same.
    private static func limits(
        _ present: [AppRequest.Limit: UInt64], _ policy: Policy, _ peaks: Recording.Peaks
    ) -> [AppRequest.Limit: UInt64] {
        let known: [(AppRequest.Limit, peak: UInt64?, step: UInt64, least: UInt64, most: UInt64)] = [
            (.memory, peaks.memory, 16 << 20, 32 << 20, policy.resources.memory),
            (.processes, peaks.processes, 1, 4, policy.process.max),
            (.files, peaks.files, 16, 32, policy.resources.files),
        ]
        var limits = present
        for (limit, peak, step, least, most) in known {
            guard let peak else { continue }
            let wanted = peak * headroom.numerator / headroom.denominator
            let amount = max(least, (wanted + step - 1) / step * step)
            if let now = present[limit], now >= wanted, now <= 3 * amount { continue }
            // What is no less than the policy's own need not be said.
            limits[limit] = amount < most ? amount : nil
        }
        return limits
    }
}

/// The paths of a proposal, as they come together.
private struct PathProposal {
    private let asked: [AppRequest.Wish]
    private let policy: Policy
    private let presence: (String) -> RequestProposal.Presence?
    /// By path: what the proposal has, and why.
    private var used: [String: (access: Recording.Access, reason: String)] = [:]
    private var seen: Set<String> = []
    /// Looked for before there was a call, by the runtime or the app; programs that a call starts look for them again.
    private var ofRuntime: Set<String> = []
    private var ownNotes: [String] = []

    var notes: [String] {
        guard !ofRuntime.isEmpty else { return ownNotes }
        return ownNotes + [
            "looked for at the start, where runtimes do so as well; ask for what the app itself needs of it: "
                + ofRuntime.sorted().joined(separator: ", ")
        ]
    }

    init(_ wishes: [AppRequest.Wish], _ policy: Policy, _ presence: @escaping (String) -> RequestProposal.Presence?) {
        asked = wishes.filter { $0.grant.kind != .network }
        self.policy = policy
        self.presence = presence
    }

    /// In the order of the manifest, new ones after them, the outer of two where one covers the other.
    var wishes: [AppRequest.Wish] {
        let order = asked.map(\.grant.target)
        let all = used.compactMap { path, use -> AppRequest.Wish? in
            guard let grant = try? Grant(use.access == .write ? .write : .read, path) else { return nil }
            return AppRequest.Wish(grant, reason: use.reason)
        }
        return all.filter { wish in !all.contains { $0 != wish && $0.grant.covers(wish.grant) } }
            .sorted { one, two in
                let places = [one, two].map { order.firstIndex(of: $0.grant.target) ?? .max }
                return places[0] == places[1] ? one.grant < two.grant : places[0] < places[1]
            }
    }

    mutating func add(_ tried: Recording.Path) {
        let path = resolved(tried.path)
        if let wish = asked.first(where: { isPath(path, at: $0.grant.target) }) {
            use(wish.grant.target, tried.access, wish.reason)
        } else if isOwn(path) {
            return
        } else if policy.filesystem.requestable.contains(where: { $0.path == path }) {
            guard tried.access != .look else { return }
            use(path, .read, "")
        } else {
            addForeign(path, tried)
        }
    }

    /// What the sandbox does not show.
    private mutating func addForeign(_ path: String, _ tried: Recording.Path) {
        // A file that is about to be made needs the folder it is made in.
        let place = tried.access == .write && presence(path) == nil ? parent(path) : path
        guard tried.access != .look, place != "/", presence(place) != nil else { return }
        if policy.filesystem.shown.contains(where: { isPath($0, at: place) }) {
            note(path, "of \(path) the policy shows a part, and all of it is no request for one app")
        } else if tried.moment.phase == .start {
            ofRuntime.insert(path)
        } else if !ofRuntime.contains(path) {
            use(place, tried.access, "")
        }
    }

    private mutating func use(_ path: String, _ access: Recording.Access, _ reason: String) {
        used[path] = (max(access, used[path]?.access ?? .look), reason)
    }

    private mutating func note(_ path: String, _ text: String) {
        if seen.insert(path).inserted { ownNotes.append(text) }
    }

    /// With the policy's links followed.
    private func resolved(_ path: String) -> String {
        for link in policy.filesystem.links where isPath(path, at: link.path) {
            let target = link.value.hasPrefix("/") ? link.value : parent(link.path).appending(part: link.value)
            return target + path.dropFirst(link.path.count)
        }
        return path
    }

    /// What every worker under the policy has, or no worker can have.
    private func isOwn(_ path: String) -> Bool {
        let files = policy.filesystem
        let shown = files.shown + files.read.map(\.path) + files.write.map(\.path)
        if shown.contains(where: { isPath(path, at: $0) }) { return true }
        if ["/app", "/tmp", "/dev", "/run/elves"].contains(where: { isPath(path, at: $0) }) { return true }
        return isPath(path, at: "/proc") && !files.requestable.contains { $0.path == path }
    }
}

/// What of the network's places is proposed.
private func placeProposal(
    _ wishes: [AppRequest.Wish], _ places: [Recording.Place]
) -> (wishes: [AppRequest.Wish], notes: [String]) {
    let asked = wishes.filter { $0.grant.kind == .network }
    var used: Set<Grant> = []
    var new: Set<Grant> = []
    var notes: [String] = []
    for place in places {
        guard let grant = try? Grant(.network, place.target) else { continue }
        if let wish = asked.first(where: { $0.grant.covers(grant) }) {
            used.insert(wish.grant)
        } else if place.isDirect, place.target.hasSuffix(":53") {
            notes.append(
                "a name server was asked \(place.moment.inWords), by the app itself: no worker can, the agent looks names up")
        } else {
            new.insert(grant)
        }
        if place.isDirect {
            notes.append(
                "\(place.target) was connected to \(place.moment.inWords) without the agent's socket, which no worker can")
        }
    }
    return (asked.filter { used.contains($0.grant) } + new.sorted().map { .init($0, reason: "") }, notes)
}

private func parent(_ path: String) -> String {
    guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
    return String(path[..<slash])
}

extension String {
    fileprivate func appending(part: String) -> String { self == "/" ? "/" + part : "\(self)/\(part)" }
}
