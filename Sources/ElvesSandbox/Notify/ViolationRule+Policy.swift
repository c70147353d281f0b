package import ElvesPolicy

extension ViolationRule {
    /// What a policy says under `onViolation`.
    package init(_ rule: Policy.ViolationRule) {
        self.init(
            tripwires: rule.tripwire == .kill ? Self.knownTripwires : [],
            killAfter: rule.standard == .kill ? 0 : Int(clamping: rule.killAfter))
    }
}
