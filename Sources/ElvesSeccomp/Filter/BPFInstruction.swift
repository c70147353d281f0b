/// One instruction of a classic BPF program: `struct sock_filter`.
package struct BPFInstruction: Sendable, Equatable {
    package var code: UInt16
    package var ifTrue: UInt8
    package var ifFalse: UInt8
    package var value: UInt32

    package init(_ code: UInt16, _ value: UInt32, ifTrue: UInt8 = 0, ifFalse: UInt8 = 0) {
        (self.code, self.value, self.ifTrue, self.ifFalse) = (code, value, ifTrue, ifFalse)
    }

    /// Eight bytes of a little-endian machine, as all machines of the tables are.
    package var bytes: [UInt8] {
        [UInt8(truncatingIfNeeded: code), UInt8(code >> 8), ifTrue, ifFalse]
            + (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    /// Nil unless the bytes are whole instructions.
    package static func program(_ bytes: [UInt8]) -> [BPFInstruction]? {
        guard bytes.count.isMultiple(of: 8) else { return nil }
        return stride(from: 0, to: bytes.count, by: 8).map { start in
            let code = UInt16(bytes[start]) | UInt16(bytes[start + 1]) << 8
            let value = bytes[(start + 4)..<(start + 8)].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            return BPFInstruction(code, value, ifTrue: bytes[start + 2], ifFalse: bytes[start + 3])
        }
    }
}

/// The few that filters of ours begin with; codes are from linux/bpf_common.h, offsets of `struct seccomp_data`.
extension BPFInstruction {
    enum Test: UInt16 {
        case equal = 0x15
        case above = 0x25
        case atLeast = 0x35
        case anyBit = 0x45
    }

    static let loadNumber = BPFInstruction(0x20, 0)
    static let loadArchitecture = BPFInstruction(0x20, 4)

    static func jump(_ test: Test, _ value: UInt32, ifTrue: UInt8, ifFalse: UInt8) -> BPFInstruction {
        BPFInstruction(test.rawValue, value, ifTrue: ifTrue, ifFalse: ifFalse)
    }

    static func give(_ action: SeccompAction) -> BPFInstruction { BPFInstruction(0x06, action.kernelNumber) }
}
