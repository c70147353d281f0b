/// Runs a filter as the kernel does: an oracle for what a compiled profile decides, independent of who compiled it.
package struct FilterMachine: Sendable {
    /// The longest program the kernel takes (BPF_MAXINSNS).
    package static let instructionLimit = 4096

    /// Why the kernel would not take a program.
    package enum Fault: Error, Sendable, Equatable {
        /// Not a whole number of instructions, none, or more than the limit.
        case length(bytes: Int)
        /// No instruction that a filter of system calls may have.
        case unknownInstruction(line: Int, code: UInt16)
        /// A load beyond `struct seccomp_data`, or not of a whole word in it.
        case badLoad(line: Int, offset: UInt32)
        case badMemory(line: Int, cell: UInt32)
        /// A cell of memory that is read before it was written on some way to it.
        case unwritten(line: Int, cell: UInt32)
        case divisionByZero(line: Int)
        case badShift(line: Int, bits: UInt32)
        case jumpOutside(line: Int)
        /// The last instruction is not a return.
        case noEnd
    }

    let program: [BPFInstruction]

    /// - Throws: `Fault` with the line, from 0, where the kernel would refuse to load the program.
    package init(program bytes: [UInt8]) throws(Fault) {
        guard let program = BPFInstruction.program(bytes), (1...Self.instructionLimit).contains(program.count) else {
            throw .length(bytes: bytes.count)
        }
        self.program = program
        try check()
    }

    /// What the program returns for a call: an action's number with an error number in its lower half.
    package func answer(_ call: SystemCall, architecture: UInt32, instructionPointer: UInt64 = 0) -> UInt32 {
        var state = State(call, architecture: architecture, instructionPointer: instructionPointer)
        while true {
            let instruction = program[state.line]
            state.line += 1
            switch instruction.kind {
            case .load(let source): state.accumulator = state.value(of: source)
            case .loadIndex(let source): state.index = state.value(of: source)
            case .store(let cell): state.memory[cell] = state.accumulator
            case .storeIndex(let cell): state.memory[cell] = state.index
            case .compute(let operation, let operand):
                guard let result = operation.apply(state.accumulator, state.value(of: operand)) else { return 0 }
                state.accumulator = result
            case .negate: state.accumulator = 0 &- state.accumulator
            case .copyToIndex: state.index = state.accumulator
            case .copyFromIndex: state.accumulator = state.index
            case .jump(let distance): state.line += distance
            case .branch(let test, let operand):
                let isTrue = test.holds(state.accumulator, state.value(of: operand))
                state.line += Int(isTrue ? instruction.ifTrue : instruction.ifFalse)
            case .give(let operand): return state.value(of: operand)
            case nil: return 0  // cannot be: `check` has seen every line
            }
        }
    }

    /// The action for a call of the given machine; nil for an answer that no profile gives.
    package func action(for call: SystemCall, on architecture: SeccompArchitecture) -> SeccompAction? {
        SeccompAction(kernelNumber: answer(call, architecture: architecture.auditNumber))
    }

    private struct State {
        var accumulator: UInt32 = 0
        var index: UInt32 = 0
        var memory = [UInt32](repeating: 0, count: BPFInstruction.memoryCells)
        var line = 0
        /// `struct seccomp_data` as words: number, architecture, instruction pointer, six arguments.
        let data: [UInt32]

        init(_ call: SystemCall, architecture: UInt32, instructionPointer: UInt64) {
            let wide = [instructionPointer] + call.arguments
            data =
                [call.number, architecture]
                + wide.flatMap { [UInt32(truncatingIfNeeded: $0), UInt32(truncatingIfNeeded: $0 >> 32)] }
        }

        func value(of operand: BPFInstruction.Operand) -> UInt32 {
            switch operand {
            case .constant(let value): value
            case .data(let word): data[word]
            case .memory(let cell): memory[cell]
            case .accumulator: accumulator
            case .index: index
            }
        }
    }
}
