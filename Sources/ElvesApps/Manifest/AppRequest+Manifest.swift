package import ElvesModel
package import ElvesPolicy

extension AppRequest {
    /// What an app asks for, as its manifest has it.
    ///
    /// - Throws: `InvalidName` for a request that nobody could grant.
    package init(_ manifest: Manifest) throws(InvalidName) {
        var wishes: [Wish] = []
        for request in manifest.readRequests { wishes.append(Wish(try Grant(.read, request.path), reason: request.reason)) }
        for request in manifest.writeRequests { wishes.append(Wish(try Grant(.write, request.path), reason: request.reason)) }
        for request in manifest.networkRequests {
            wishes.append(Wish(try Grant(.network, request.host), reason: request.reason))
        }
        // Each function may have limits of its own: the app asks for the widest of them, and for the policy's where one has none.
        let limits = manifest.functions.map { manifest.limits(of: $0) }
        func widest(_ amounts: [UInt64?]) -> UInt64? {
            amounts.contains(nil) ? nil : amounts.compactMap { $0 }.max()
        }
        let amounts: [(Limit, UInt64?)] = [
            (.memory, widest(limits.map { $0.memory.map { UInt64($0) } })),
            (.processes, widest(limits.map { $0.processes.map { UInt64($0) } })),
            (.files, widest(limits.map { $0.files.map { UInt64($0) } })),
            (.output, widest(limits.map { $0.output.map { UInt64($0) } })),
            (.scratch, widest(limits.map { $0.scratch.map { UInt64($0) } })),
            (.processorTime, widest(limits.map { $0.processorSeconds.map { UInt64($0) } })),
        ]
        self.init(
            wishes: wishes, language: manifest.language.rawValue, runtime: manifest.runtime?.rawValue,
            isolations: Set(manifest.functions.map(\.isolation.rawValue)),
            secrets: Set(manifest.secrets),
            limits: Dictionary(uniqueKeysWithValues: amounts.compactMap { limit, amount in amount.map { (limit, $0) } }))
    }
}
