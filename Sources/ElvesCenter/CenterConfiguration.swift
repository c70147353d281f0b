package import ElvesModel

/// How a center is run.
package struct CenterConfiguration: Sendable {
    /// Where everything it keeps lies; made if it does not exist, readable by its owner alone.
    package var dataFolder: String
    package var http: Endpoint
    package var link: Endpoint
    /// Host names and addresses by which the center is dialled, beside its own.
    package var names: [String] = []
    /// PEM files of a certificate chain and its key for the HTTP port, instead of a certificate of the center's own authority.
    package var givenCertificate: (chain: String, key: String)?
    /// Speak plain HTTP; on loopback only.
    package var isPlainHTTP = false
    /// Let versions that ask for more than before wait until somebody approves them.
    package var asksForApproval = true
    /// How often an agent is to be heard of.
    package var heartbeat: Duration = .seconds(10)

    /// Addresses, ranges and hosts that processors may have beside public ones.
    package var callbacksAllowed: [String] = []
    /// A PEM file of authorities that processors' certificates may come from, beside the system's.
    package var callbackAuthorities: String?
    /// The components that this center does without.
    package var without: Set<OptionalComponent> = []

    package init(dataFolder: String, http: Endpoint, link: Endpoint) {
        self.dataFolder = dataFolder
        self.http = http
        self.link = link
    }

    /// - Throws: `ConfigurationError` naming the setting, what was given and what would do.
    package func validate() throws(ConfigurationError) {
        if isPlainHTTP, givenCertificate != nil {
            throw ConfigurationError("--plain-http uses no certificate: leave out either it or --certificate and --key")
        }
        if isPlainHTTP, !http.isLoopback {
            throw ConfigurationError("--plain-http is allowed on loopback only, and --http is \(http): leave it out")
        }
    }
}

/// A component that a center can do without.
package enum OptionalComponent: String, CaseIterable, Sendable {
    case queue, cron, callbacks

    /// - Throws: `ConfigurationError` that lists the names.
    package init(named name: String) throws(ConfigurationError) {
        guard let component = Self(rawValue: name) else {
            throw ConfigurationError(
                "--without takes \(Self.allCases.map(\.rawValue).joined(separator: ", ")), not \"\(name.prefix(40))\"")
        }
        self = component
    }
}

package struct ConfigurationError: Error, CustomStringConvertible {
    package let description: String
    package init(_ description: String) { self.description = description }
}
