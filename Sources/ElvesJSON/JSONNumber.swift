/// A number exactly as it was written: `significand` × 10^`exponent`.
///
/// 1, 1.0 and 10e-1 are one number here, and 0.1 is a tenth, which no binary fraction is.
public struct JSONNumber: Hashable, Sendable, CustomStringConvertible {
    /// Not a multiple of ten, unless it is 0.
    let significand: Int128
    /// 0 for the number 0.
    let exponent: Int

    /// How many significant digits are taken: what every `Int128` holds.
    static let digitLimit = 38
    /// Beyond it no double has a place for the number either.
    static let exponentLimit = 400

    private init(significand: Int128, exponent: Int) {
        var (significand, exponent) = (significand, significand == 0 ? 0 : exponent)
        while significand != 0, significand % 10 == 0 { (significand, exponent) = (significand / 10, exponent + 1) }
        self.significand = significand
        self.exponent = exponent
    }

    public init(_ number: some FixedWidthInteger & SignedInteger) {
        self.init(significand: Int128(number), exponent: 0)
    }

    /// Reads a text that follows RFC 8259; nil if it has more digits or a larger exponent than the limits.
    init?(wellFormed text: some Sequence<UInt8>) {
        var significand: Int128 = 0
        var (digits, zeros, exponent, written) = (0, 0, 0, 0)
        var (isNegative, isFraction, isExponent, hasNegativeExponent) = (false, false, false, false)
        for byte in text {
            switch byte {
            case UInt8(ascii: "-"):
                if isExponent { hasNegativeExponent = true } else { isNegative = true }
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"): isExponent = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let digit = Int(byte - UInt8(ascii: "0"))
                if isExponent {
                    written = min(written * 10 + digit, 1_000_000)
                    continue
                }
                if isFraction { exponent -= 1 }
                if digit == 0 {
                    // Zeros count only when a digit follows them.
                    zeros += significand == 0 ? 0 : 1
                    continue
                }
                digits += zeros + 1
                guard digits <= Self.digitLimit else { return nil }
                for _ in 0...zeros { significand *= 10 }
                significand += Int128(digit)
                zeros = 0
            default: break
            }
        }
        exponent += zeros + (hasNegativeExponent ? -written : written)
        guard significand == 0 || abs(exponent) <= Self.exponentLimit else { return nil }
        self.significand = isNegative ? -significand : significand
        self.exponent = significand == 0 ? 0 : exponent
    }

    public var isInteger: Bool { exponent >= 0 }

    /// The value as an `Int`, if it is one.
    public var int: Int? {
        guard isInteger, exponent < 19 else { return nil }
        return Int(exactly: significand * Self.power(exponent))
    }

    /// Whether this is a whole number of times `divisor`, which is not 0.
    public func isMultiple(of divisor: JSONNumber) -> Bool {
        if significand == 0 { return true }
        let (left, right) = (significand.magnitude, divisor.significand.magnitude)
        let shift = exponent - divisor.exponent
        if shift < 0 {
            // Made whole, the divisor has more zeros at its end than this number: only 0 would be a multiple.
            return false
        }
        // By one digit after the other, so that nothing overflows.
        var rest = left % right
        for _ in 0..<shift where rest != 0 {
            let product = rest.multipliedFullWidth(by: 10)
            rest = right.dividingFullWidth(product).remainder
        }
        return rest == 0
    }

    public var description: String {
        let digits = String(significand.magnitude)
        let sign = significand < 0 ? "-" : ""
        if exponent >= 0, digits.utf8.count + exponent <= 19 { return sign + digits + String(repeating: "0", count: exponent) }
        let point = digits.utf8.count + exponent
        if exponent < 0, point > 0 { return sign + digits.prefix(point) + "." + digits.dropFirst(point) }
        if exponent < 0, point > -6 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        return "\(sign)\(digits)e\(exponent)"
    }

    private static func power(_ exponent: Int) -> Int128 { (0..<exponent).reduce(1) { power, _ in power * 10 } }
}

extension JSONNumber: Comparable {
    public static func < (left: JSONNumber, right: JSONNumber) -> Bool {
        if left.significand.signum() != right.significand.signum() { return left.significand < right.significand }
        if left.significand == 0 { return false }
        let isNegative = left.significand < 0
        return isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
    }

    /// By distance from 0; both are not 0.
    private func isSmaller(than other: JSONNumber) -> Bool {
        let (left, right) = (String(significand.magnitude).utf8.count, String(other.significand.magnitude).utf8.count)
        if left + exponent != right + other.exponent { return left + exponent < right + other.exponent }
        // As many digits before the point: made equally long they have at most 38 digits.
        let shift = exponent - other.exponent
        let mine = shift > 0 ? significand.magnitude * UInt128(Self.power(shift)) : significand.magnitude
        let theirs = shift < 0 ? other.significand.magnitude * UInt128(Self.power(-shift)) : other.significand.magnitude
        return mine < theirs
    }
}
