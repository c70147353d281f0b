package import ElvesModel

/// What `AppStore.open` found wrong and did about it; empty after an orderly end.
package struct OpeningReport: Sendable, Equatable {
    /// A thing that was removed, or taken offline.
    package enum Finding: Sendable, Equatable {
        /// Leftovers of an installation or a removal, gone now; the name below `staging`.
        case staging(name: String)
        /// A folder below `apps` that is not a whole version, gone now; the path below `apps`.
        case incompleteVersion(path: String, reason: String)
        /// A version that was online is not as it was installed; its folder is kept for the operator at `place`.
        case quarantined(AppKey, reason: String, place: String)
        /// The app was online with a version that is not there (any more); it is offline now.
        case missingOnline(app: AppName, version: AppVersion)
        /// `online.json` was not readable; every app is offline now. The file was kept as `online.json.broken`.
        case brokenIndex
    }

    /// In the order they were met: staging, versions by path, `online.json`.
    package internal(set) var findings: [Finding] = []
}

extension OpeningReport.Finding: CustomStringConvertible {
    package var description: String {
        switch self {
        case .staging(let name):
            "removed the unfinished \"\(printable(name))\" from staging"
        case .incompleteVersion(let path, let reason):
            "removed \"\(printable(path))\": \(reason)"
        case .quarantined(let key, let reason, let place):
            "set \(key) aside in \"\(place)\": \(reason)"
        case .missingOnline(let app, let version):
            "took app \"\(app)\" offline: its version \(version) is not there; install and activate it again"
        case .brokenIndex:
            "took every app offline: online.json is not readable and was kept as online.json.broken"
        }
    }
}
