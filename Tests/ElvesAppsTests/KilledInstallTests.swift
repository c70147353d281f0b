import ElvesApps
import ElvesModel
import Foundation
import Synchronization
import Testing

/// What a process leaves that is killed in the middle of an installation: at each step the folder is copied as it is, and the
/// copy is what the next process finds.
@Suite struct KilledInstallTests {
    @Test(arguments: InstallStep.allCases)
    func `a process killed at any step leaves the old version or the new one`(_ step: InstallStep) throws {
        let samples = try StoreSamples()
        let folder = samples.folder.path
        let left = Mutex<Int32?>(nil)
        let first: InstalledApp
        let new = try samples.packed("2.0.0", note: "new", size: 10_000)
        let key = try samples.key("2.0.0")
        do {
            let store = try AppStore.open(at: "\(folder)/store") { reached in
                guard reached == step, FileManager.default.fileExists(atPath: "\(folder)/armed") else { return }
                // With links as links: what the disk holds at this moment.
                let copied = try? run("/bin/cp", ["-a", "\(folder)/store", "\(folder)/left"]).status
                left.withLock { $0 = copied }
            }
            first = try samples.install("1.0.0", in: store)
            try store.activate(samples.hello, version: first.manifest.version)
            try samples.folder.write("armed", "")
            try store.install(archive: new.path, app: key.app, version: key.version)
        }
        #expect(left.withLock { $0 } == 0)

        let store = try AppStore.open(at: "\(folder)/left")

        let old = try samples.key("1.0.0")
        #expect(store.keys == (step == .published ? [old, key] : [old]))
        #expect(store.installed(samples.hello)?.manifest.version == old.version)
        for key in store.keys { #expect(try store.verify(key.app, version: key.version) == []) }
        #expect(samples.folder.names(in: "left/staging") == [])
        // Nothing is left of what did not come to be, and it can be had again.
        let again = try store.install(archive: new.path, app: key.app, version: key.version)
        #expect(try store.verify(samples.hello, version: again.manifest.version) == [])
        #expect(store.bytes > 10_000)
    }
}
