/// What an instruction does. Listed are those that the kernel takes in filters of system calls (seccomp_check_filter), which
/// are fewer than those for packets.
extension BPFInstruction {
    enum Kind: Equatable {
        case load(Operand)
        case loadIndex(Operand)
        case store(Int)
        case storeIndex(Int)
        case compute(Operation, Operand)
        case negate
        case copyToIndex
        case copyFromIndex
        case jump(Int)
        case branch(Comparison, Operand)
        case give(Operand)
    }

    enum Operand: Equatable {
        case constant(UInt32)
        /// A word of `struct seccomp_data`.
        case data(Int)
        case memory(Int)
        case accumulator
        case index
    }

    enum Operation: UInt16 {
        case add = 0x00
        case subtract = 0x10
        case multiply = 0x20
        case divide = 0x30
        case or = 0x40
        case and = 0x50
        case shiftLeft = 0x60
        case shiftRight = 0x70
        case xor = 0xA0

        /// Nil for a division by zero, upon which the kernel ends the program with 0.
        func apply(_ a: UInt32, _ b: UInt32) -> UInt32? {
            switch self {
            case .add: a &+ b
            case .subtract: a &- b
            case .multiply: a &* b
            case .divide: b == 0 ? nil : a / b
            case .or: a | b
            case .and: a & b
            // The kernel's instruction takes the lower five bits of the distance.
            case .shiftLeft: a &<< b
            case .shiftRight: a &>> b
            case .xor: a ^ b
            }
        }
    }

    enum Comparison: UInt16 {
        case equal = 0x10
        case above = 0x20
        case atLeast = 0x30
        case anyBit = 0x40

        func holds(_ a: UInt32, _ b: UInt32) -> Bool {
            switch self {
            case .equal: a == b
            case .above: a > b
            case .atLeast: a >= b
            case .anyBit: a & b != 0
            }
        }
    }

    static let memoryCells = 16
    /// Of `struct seccomp_data`, in bytes.
    static let dataSize: UInt32 = 64

    /// Nil for what is no instruction of such a filter; places and sizes are not looked at here.
    var kind: Kind? {
        let constant = Operand.constant(value)
        switch code {
        case 0x00: return .load(constant)
        case 0x01: return .loadIndex(constant)
        case 0x20: return .load(.data(Int(value / 4)))
        case 0x80: return .load(.constant(Self.dataSize))
        case 0x81: return .loadIndex(.constant(Self.dataSize))
        case 0x60: return .load(.memory(Int(value)))
        case 0x61: return .loadIndex(.memory(Int(value)))
        case 0x02: return .store(Int(value))
        case 0x03: return .storeIndex(Int(value))
        case 0x84: return .negate
        case 0x07: return .copyToIndex
        case 0x87: return .copyFromIndex
        case 0x05: return .jump(Int(value))
        case 0x06: return .give(constant)
        case 0x16: return .give(.accumulator)
        default: break
        }
        // The class is in the lower three bits, the operand in the fourth.
        let operand = code & 0x08 == 0 ? constant : .index
        switch code & 0x07 {
        case 0x04: return Operation(rawValue: code & 0xFFF0).map { .compute($0, operand) }
        case 0x05: return Comparison(rawValue: code & 0xFFF0).map { .branch($0, operand) }
        default: return nil
        }
    }
}
