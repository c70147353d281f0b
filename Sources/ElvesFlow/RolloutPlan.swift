package import ElvesModel

/// What a rollout was told to do.
package struct RolloutPlan: Codable, Equatable, Sendable {
    package let app: AppName
    package let version: AppVersion
    /// What hosts get back when it fails; nil takes the app from them.
    package let before: AppVersion?
    /// Never empty; the last one has all hosts.
    package let waves: [Share]
    /// The function that says whether a host is healthy, called without parameters; nil takes a version that is online for healthy.
    package let health: String?
    /// More failed hosts take the version back.
    package let maxErrors: Share
    /// How long a wave must prove itself before the next one begins.
    package let pause: Duration
    /// How long a host that has a link may take to bring the version online.
    package let hostLimit: Duration

    package init(
        app: AppName, version: AppVersion, before: AppVersion?, waves: [Share], health: String?, maxErrors: Share,
        pause: Duration, hostLimit: Duration
    ) {
        self.app = app
        self.version = version
        self.before = before
        self.waves = waves.last == .all ? waves : waves + [.all]
        self.health = health
        self.maxErrors = maxErrors
        self.pause = pause
        self.hostLimit = hostLimit
    }

    /// A number of hosts, or a part of them.
    package enum Share: Codable, Equatable, Sendable, CustomStringConvertible {
        case count(Int)
        case percent(Int)

        package static let all = Share.percent(100)

        /// Reads `3` or `10%`; nil for everything else.
        package init?(_ text: String) {
            let isPercent = text.hasSuffix("%")
            let digits = isPercent ? text.dropLast() : text[...]
            guard !digits.isEmpty, digits.utf8.count <= 6, digits.utf8.allSatisfy(\.isASCIIDigit), let number = Int(digits)
            else { return nil }
            if isPercent, number > 100 { return nil }
            self = isPercent ? .percent(number) : .count(number)
        }

        /// The least number of hosts that is this share of `total`.
        package func atLeast(of total: Int) -> Int {
            switch self {
            case .count(let count): min(count, total)
            case .percent(let percent): (total * percent + 99) / 100
            }
        }

        /// The greatest number of hosts that is no more than this share of `total`.
        package func atMost(of total: Int) -> Int {
            switch self {
            case .count(let count): min(count, total)
            case .percent(let percent): total * percent / 100
            }
        }

        package var description: String {
            switch self {
            case .count(let count): "\(count)"
            case .percent(let percent): "\(percent)%"
            }
        }
    }
}
