import ElvesApps
import ElvesFlow
import ElvesModel
import ElvesProtocol
import Logging

extension AppKeeper {
    /// Reads every file of a version again. If one is not what was installed, nothing of the version runs any more, its folder is
    /// set aside, and a clean copy is fetched as soon as the center still wants it.
    ///
    /// Blocks for as long as the reading takes.
    ///
    /// - Returns: Whether the version may run.
    @discardableResult
    func inspect(_ key: AppKey) -> Bool {
        let findings: [String]
        do { findings = try store.verify(key.app, version: key.version) } catch AppStoreError.notInstalled {
            return false
        } catch {
            // The disk cannot be read: that says nothing of the version, but it cannot be vouched for either.
            log.error("version could not be verified", metadata: metadata(key, ["error": "\(error)"]))
            return false
        }
        guard let first = findings.first else { return true }
        let finding = first + (findings.count > 1 ? " and \(findings.count - 1) more" : "")
        condemn(key, finding: finding)
        var place = ""
        do { place = "; kept for the operator in \(try store.quarantine(key, findings: findings))" } catch {
            log.error("changed version could not be set aside", metadata: metadata(key, ["error": "\(error)"]))
        }
        noteQuarantine(key, finding: "version \(key.version) was found changed on this host: \(finding)\(place)")
        return false
    }

    /// Before anything else is done about it: from here on no call runs what was found.
    func condemn(_ key: AppKey, finding: String) {
        log.error("version quarantined", metadata: metadata(key, ["finding": "\(finding)"]))
        let text = "\(key) was found changed on this host: \(finding); nothing of it runs until there is a clean copy"
        executor.condemn(key, because: .error(.quarantined, text))
    }

    private func metadata(_ key: AppKey, _ more: Logger.Metadata) -> Logger.Metadata {
        more.merging(["app": "\(key.app)", "version": "\(key.version)"]) { $1 }
    }
}
