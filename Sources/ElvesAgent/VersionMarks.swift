import ElvesModel

/// The highest version of each app that this host ever installed, and how far back its authors let it go.
///
/// The repository's signatures keep its metadata from going back; they do not keep a center from choosing an older version that
/// is still listed. This does.
struct VersionMarks: Codable, Equatable {
    struct Mark: Codable, Equatable {
        var highest: AppVersion
        /// What the authors signed with the highest version; nil lets every version through that they still list.
        var floor: AppVersion?
    }

    /// By the app's name.
    private(set) var apps: [String: Mark] = [:]
    /// The latest time at which the repository's metadata was found valid, in seconds since 1970: a clock that was set back
    /// does not make old metadata valid again.
    private(set) var seen: Int64 = 0

    func mark(of app: AppName) -> Mark? { apps[app.text] }

    /// - Throws: `TrustedRepositoryError.belowFloor` if the version is one the host may not go back to.
    func check(_ app: AppName, _ version: AppVersion) throws(TrustedRepositoryError) {
        guard let mark = mark(of: app), version < mark.highest, let floor = mark.floor, version < floor else { return }
        throw .belowFloor(app, version, highest: mark.highest, floor: floor)
    }

    mutating func note(valid time: Timestamp) { seen = max(seen, time.seconds) }

    /// - Parameter floor: What the authors say with this version; nil if that is nothing, or is not known now.
    mutating func note(installed app: AppName, _ version: AppVersion, floor: AppVersion?) {
        if let mark = mark(of: app), version < mark.highest || (version == mark.highest && floor == nil) { return }
        apps[app.text] = Mark(highest: version, floor: floor)
    }

    /// - Parameter floor: What the authors say now with the highest version, which is still listed.
    mutating func note(floor: AppVersion?, of app: AppName) { apps[app.text]?.floor = floor }
}
