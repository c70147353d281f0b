package import ElvesModel
package import ElvesTUF

/// How long metadata counts. Who holds the keys of a role must sign anew before that, or clients install nothing.
package enum Lifetime {
    /// A year: root keys are brought out for a ceremony.
    package static let root: Duration = .seconds(365 * 86400)
    package static let targets: Duration = .seconds(180 * 86400)
    /// Apps and policies.
    package static let delegated: Duration = .seconds(180 * 86400)
    /// What expires sooner is renewed whenever its signers are at it anyway.
    package static let renewal: Duration = .seconds(60 * 86400)
    /// A center that is switched off for longer leaves its agents with what they have.
    package static let snapshot: Duration = .seconds(7 * 86400)
    /// How long an attacker can hide a new version from an agent.
    package static let timestamp: Duration = .seconds(86400)

    package static func expiry(_ lifetime: Duration, from now: Timestamp) -> ExpiryTime {
        ExpiryTime(seconds: now.seconds + lifetime.milliseconds / 1000)
    }
}
