package import ElvesPolicy

/// A layer that a policy asks for and a host cannot give.
package struct MissingRequirement: Sendable, Equatable, CustomStringConvertible {
    package let requirement: LayerRequirement
    /// What the kernel said, and what would change it.
    package let why: String

    package var layer: SandboxLayer { requirement.layer }

    package var description: String { "layer \(requirement) (\(why))" }
}

extension SandboxHost {
    /// Those of the layers that this host cannot give, in their order.
    ///
    /// An ordinary user has no control groups of its own on most hosts. There the layer is told as missing, but is not needed: what
    /// such an agent could use up is bounded by what its user may.
    package func missing(_ requirements: [LayerRequirement]) -> [MissingRequirement] {
        requirements.compactMap { requirement in
            why(requirement).map { MissingRequirement(requirement: requirement, why: $0) }
        }
    }

    /// Whether nobody has to accept that the layer is missing here.
    package func doesWithout(_ layer: SandboxLayer) -> Bool { layer == .cgroup && !report.isRoot }

    /// Those of them for which the host runs no worker under the policy on this day: nobody has accepted that they are missing.
    package func refused(_ missing: [MissingRequirement], by policy: Policy, on day: PolicyDate) -> [MissingRequirement] {
        let waived = policy.waivedLayers(on: day)
        return missing.filter { !waived.contains($0.layer) && !doesWithout($0.layer) }
    }

    private func why(_ requirement: LayerRequirement) -> String? {
        if requirement.layer == .cgroup {
            return groups.problems.first { [.memory, .pids].contains($0.duty) }.map { "\($0)" }
        }
        for name in requirement.layer.probes {
            guard let layer = report.layers.first(where: { $0.name == name }) else { continue }
            guard layer.isAvailable else { return "\(layer.detail ?? "not available"): \(layer.remedy)" }
            if let level = layer.level, let minimum = requirement.minimum, level < minimum {
                return "the kernel has version \(level): \(layer.remedy)"
            }
        }
        return nil
    }
}

extension SandboxLayer {
    /// What the probe tries for it. Capabilities can be dropped everywhere.
    fileprivate var probes: [String] {
        switch self {
        case .noNewPrivileges: ["no_new_privs"]
        case .capabilities, .cgroup: []
        default: [rawValue]
        }
    }
}
