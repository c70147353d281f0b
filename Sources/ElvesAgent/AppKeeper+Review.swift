import ElvesApps
import ElvesModel
import Logging
import ServiceLifecycle

extension AppKeeper {
    /// Holds what runs against policies, opt-outs and ceiling as they are now: what would be made otherwise today is made anew,
    /// what would not be made at all goes offline with the reason. Calls that run end on what they began on.
    func review() async {
        executor.forgetPolicies()
        let serving = executor.serving
        if (serving.online + serving.pinned).contains(where: { !$0.grants.isEmpty }) {
            await inTurn { await self.repository.refreshCeiling() }
        }
        for runtime in serving.online {
            do {
                guard try await !stands(runtime) else { continue }
                let fresh = try await prepare(runtime.app, grants: runtime.grants, before: runtime.grants)
                executor.bringOnline(fresh) { self.pruneLater() }
                log.info("app under changed rules", metadata: ["app": "\(runtime.app.key)"])
            } catch {
                note("\(error)", for: runtime.app.key)
                log.error("app may not run any more", metadata: ["app": "\(runtime.app.key)", "error": "\(error)"])
                takeOffline(runtime.app.key.app)
            }
        }
        // Prepared anew, or refused, for the next task that asks.
        for runtime in serving.pinned where (try? await stands(runtime)) != true { executor.letGo(runtime) }
    }

    private func stands(_ runtime: AppRuntime) async throws -> Bool {
        let ceiling = try await repository.ceiling(
            for: runtime.app.manifest.name, grants: runtime.grants, before: runtime.grants)
        return try await executor.stands(runtime, ceiling: ceiling)
    }
}

/// Asks for a review of what runs, again and again: days end and files change without a word from the center.
final class RuntimeReview: Service {
    private let keeper: AppKeeper
    private let period: Duration

    init(keeper: AppKeeper, period: Duration) {
        self.keeper = keeper
        self.period = period
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { [keeper, period] in
            while (try? await Task.sleep(for: period)) != nil { keeper.askForReview() }
        }
    }
}
