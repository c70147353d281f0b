import ElvesJSON
import ElvesModel
import ElvesTargets

/// A generator that gives the same numbers for the same seed (SplitMix64), so that what failed can be made again.
struct SeededRandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) { state = UInt64(truncatingIfNeeded: seed) }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }
}

struct NoAddress: Error {}

func ip(_ text: String) throws -> IPv4Address {
    guard let address = IPv4Address(text) else { throw NoAddress() }
    return address
}

func subject() throws -> TargetSubject {
    TargetSubject(
        agent: AgentID("A1B2C3D4E5F60718"), ip: try ip("10.0.0.8"), hostName: "web1.example.org",
        apps: [try AppName("backup"): try AppVersion("1.2.0-rc.1"), try AppName("hosts"): try AppVersion("2.0.0")],
        labels: ["role": "web", "zone": "b 2", "rack": "12", "odd": "say \"hi\" \\ *"],
        facts: try RawJSON(
            validating: """
                {"kernel":"6.1.0-18-amd64","cpus":4,"memory_bytes":8589934592,"virtual":true,"load":0.5,"none":null,"list":[1]}
                """))
}
