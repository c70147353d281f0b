/// Runs a seccomp filter as the kernel does; an oracle for what a compiled profile decides.
struct FilterMachine {
    struct Call {
        var number: UInt32
        var architecture: UInt32 = 0xC000_003E
        var arguments: [UInt64] = []
    }

    enum Fault: Error {
        case unknownInstruction(UInt16)
        case ranOut
    }

    let program: [UInt8]

    /// The filter's return value: what SECCOMP_RET_… says.
    func decide(_ call: Call) throws -> UInt32 {
        let data = Self.data(call)
        var accumulator: UInt32 = 0
        var line = 0
        while line * 8 < program.count {
            let code = UInt16(program[line * 8]) | UInt16(program[line * 8 + 1]) << 8
            let (ifTrue, ifFalse) = (Int(program[line * 8 + 2]), Int(program[line * 8 + 3]))
            let value = (0..<4).reduce(UInt32(0)) { $0 | UInt32(program[line * 8 + 4 + $1]) << (8 * UInt32($1)) }
            func jump(_ condition: Bool) -> Int { line + 1 + (condition ? ifTrue : ifFalse) }
            switch code {
            case 0x06: return value
            case 0x20: (accumulator, line) = (data[Int(value) / 4], line + 1)
            case 0x54: (accumulator, line) = (accumulator & value, line + 1)
            case 0x05: line += 1 + Int(value)
            case 0x15: line = jump(accumulator == value)
            case 0x25: line = jump(accumulator > value)
            case 0x35: line = jump(accumulator >= value)
            case 0x45: line = jump(accumulator & value != 0)
            default: throw Fault.unknownInstruction(code)
            }
        }
        throw Fault.ranOut
    }

    /// `struct seccomp_data` as 32-bit words: number, architecture, instruction pointer, six arguments.
    private static func data(_ call: Call) -> [UInt32] {
        let arguments = call.arguments + [UInt64](repeating: 0, count: 6 - call.arguments.count)
        return [call.number, call.architecture, 0, 0]
            + arguments.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
    }
}
