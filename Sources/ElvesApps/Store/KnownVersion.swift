import ElvesModel

/// A version that the store has, whether its manifest was read yet or not: a store of a thousand versions opens without them.
struct KnownVersion {
    let digest: Digest
    /// What is in it; nil until somebody asks.
    var app: InstalledApp?
}
