/// Which endpoints may be called: public ones over HTTPS, and what the operator allows beside.
///
/// Whoever may set an endpoint could otherwise have the center speak to what only the center can reach. What counts is the
/// address that is connected to: a name is looked up once, and what came of it is checked here and then dialled.
package struct EndpointPolicy: Sendable {
    /// One value of `--callbacks-allow`.
    package enum Allowance: Hashable, Sendable {
        case range(NetworkRange)
        /// A name, exactly; whatever its address is.
        case host(String)

        /// - Throws: `EndpointRefusal.badAllowance`.
        package init(_ text: String) throws(EndpointRefusal) {
            if let range = NetworkRange(text) {
                self = .range(range)
            } else if let url = try? EndpointURL("https://\(text)"), url.address == nil, url.host == text.lowercased() {
                self = .host(url.host)
            } else {
                throw .badAllowance(text)
            }
        }
    }

    private let allowed: [Allowance]

    package init(allowed: [Allowance] = []) { self.allowed = allowed }

    /// Checks what can be told before a name is looked up.
    ///
    /// - Throws: `EndpointRefusal`.
    package func check(_ url: EndpointURL) throws(EndpointRefusal) {
        guard let address = url.address else { return }
        try check(address, for: url)
    }

    /// Checks an address that the host of `url` has.
    ///
    /// - Throws: `EndpointRefusal`.
    package func check(_ address: NetworkAddress, for url: EndpointURL) throws(EndpointRefusal) {
        let kind = AddressClass(of: address)
        let isAllowed =
            kind.canBeAllowed
            && allowed.contains { allowance in
                switch allowance {
                case .range(let range): range.contains(address)
                // Whoever answers for the name would choose what of the machine itself is called.
                case .host(let host): host == url.host && kind != .metadata && kind != .linkLocal
                }
            }
        if isAllowed { return }
        guard kind == .publicHost else { throw .addressRefused(host: url.host, address, kind) }
        guard url.isHTTPS else { throw .plainHTTP(host: url.host) }
    }

    /// Those of a host's addresses that may be called, in their order.
    ///
    /// - Throws: Why the first one may not, if none may.
    package func usable(_ addresses: [NetworkAddress], for url: EndpointURL) throws(EndpointRefusal) -> [NetworkAddress] {
        var first: EndpointRefusal?
        var usable: [NetworkAddress] = []
        for address in addresses {
            do {
                try check(address, for: url)
                usable.append(address)
            } catch {
                first = first ?? error
            }
        }
        guard usable.isEmpty else { return usable }
        throw first ?? .noAddress(host: url.host)
    }
}

/// Why callbacks do not go to an endpoint.
package enum EndpointRefusal: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case badAllowance(String)
    case addressRefused(host: String, NetworkAddress, AddressClass)
    case plainHTTP(host: String)
    case noAddress(host: String)

    package var description: String {
        switch self {
        case .malformed(let rule): "this is no address for callbacks, as in https://HOST/PATH: \(rule)"
        case .badAllowance(let text):
            "\"\(text.prefix(80))\" cannot be allowed: an address, a range as in 10.0.0.0/8 or fd00::/8, or a host name"
        case .addressRefused(let host, let address, let kind):
            "\(host == "\(address)" ? host : "\(host) is \(address), which") is a \(kind.rawValue) address, and no callback goes "
                + (kind.canBeAllowed ? "there unless the center runs with --callbacks-allow for it" : "to such")
        case .plainHTTP(let host):
            "\(host) must be called over https: plain http is for what the center's --callbacks-allow names"
        case .noAddress(let host): "\(host) has no address"
        }
    }
}
