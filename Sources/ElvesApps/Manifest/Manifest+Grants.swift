package import ElvesModel

extension Manifest {
    /// All that the app asks for beside its language's policy, in the form in which operators grant it.
    ///
    /// - Throws: `InvalidName` for a request that no grant could cover.
    package func requests() throws(InvalidName) -> [Grant] {
        var requests: [Grant] = []
        for request in readRequests { requests.append(try Grant(.read, request.path)) }
        for request in writeRequests { requests.append(try Grant(.write, request.path)) }
        for request in networkRequests { requests.append(try Grant(.network, request.host)) }
        return requests
    }
}
