import ElvesModel

/// Brings a store's folders in order and learns what is there.
struct StoreOpening {
    private(set) var index = AppStore.Index()
    private(set) var report = OpeningReport()

    mutating func run(on folders: borrowing StoreFolders) throws(FileError) {
        for entry in try folders.staging.entries() {
            try folders.staging.removeTree(entry.rawName)
            report.findings.append(.staging(name: entry.name))
        }
        // What a crash left of a file that was being replaced.
        for entry in try folders.root.entries() where entry.name.hasPrefix(".\(OnlineIndex.fileName).") {
            try folders.root.removeTree(entry.rawName)
        }
        for app in try folders.apps.entries() {
            guard app.kind == .folder, (try? AppName(app.name)) != nil else {
                try folders.apps.removeTree(app.rawName)
                report.findings.append(.incompleteVersion(path: app.name, reason: "not the folder of an app"))
                continue
            }
            try readVersions(of: app.name, in: folders)
        }
        try readOnline(in: folders)
        // After the versions that are not whole are gone.
        index.bytes = try folders.objects.tidy()
    }

    private mutating func readVersions(of app: String, in folders: borrowing StoreFolders) throws(FileError) {
        let appFolder = try folders.apps.folder(app)
        for entry in try appFolder.entries() {
            let reason: String
            switch try folders.record(app: app, folder: entry.name) {
            case .success(let record):
                let key = AppKey(app: record.name, version: record.version)
                guard index.versions[key] != nil else {
                    index.versions[key] = KnownVersion(digest: record.digest)
                    index.usedAt[key] = entry.changedAt
                    continue
                }
                reason = "version \(key.version) is there twice"
            case .failure(let why):
                reason = why.reason
            }
            try remove(entry.name, of: app, because: reason, in: folders)
        }
    }

    private mutating func remove(
        _ name: String, of app: String, because reason: String, in folders: borrowing StoreFolders
    ) throws(FileError) {
        try folders.apps.folder(app).removeTree(name)
        report.findings.append(.incompleteVersion(path: "\(app)/\(name)", reason: reason))
    }

    /// Looks at what new calls would take: the others are looked at before they go online.
    private mutating func readOnlineVersion(_ key: AppKey, in folders: borrowing StoreFolders) throws(FileError) {
        guard let known = index.versions[key] else { return }
        let name = InstalledRecord.folderName(key.version, known.digest)
        switch try folders.version(app: key.app.text, folder: name) {
        case .whole(let app, _): index.versions[key]?.app = app
        case .incomplete(let reason):
            index.versions[key] = nil
            index.usedAt[key] = nil
            let place = try folders.quarantine(key, folder: name, findings: [reason])
            report.findings.append(.quarantined(key, reason: reason, place: place))
        }
    }

    private mutating func readOnline(in folders: borrowing StoreFolders) throws(FileError) {
        guard try folders.root.entries().contains(where: { $0.name == OnlineIndex.fileName }) else { return }
        let bytes = try folders.root.file(OnlineIndex.fileName).read(at: 0, count: OnlineIndex.byteLimit)
        guard var online = OnlineIndex(json: bytes) else {
            try folders.root.rename(OnlineIndex.fileName, to: "\(OnlineIndex.fileName).broken")
            report.findings.append(.brokenIndex)
            return
        }
        let stored = online
        for (app, version) in stored.apps.sorted(by: { $0.key < $1.key }) {
            let key = AppKey(app: app, version: version.version)
            try readOnlineVersion(key, in: folders)
            let installed = index.versions[key]
            guard installed?.digest != version.digest else { continue }
            online.apps[app] = nil
            report.findings.append(.missingOnline(app: app, version: version.version))
        }
        if online != stored { try folders.root.replace(OnlineIndex.fileName, with: online.json()) }
        index.online = online
    }
}
