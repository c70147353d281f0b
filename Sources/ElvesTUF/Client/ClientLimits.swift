/// How much a client takes from a repository before it gives up.
package struct ClientLimits: Sendable {
    /// Bytes of a file of metadata whose length nothing announces.
    package var root: Int64 = 512_000
    package var timestamp: Int64 = 16_384
    package var snapshot: Int64 = 2_000_000
    package var targets: Int64 = 8_000_000
    /// New roots in one update.
    package var rotations: Int64 = 256
    /// Delegated roles that are asked for one target.
    package var delegations = 32

    package init() {}
}
