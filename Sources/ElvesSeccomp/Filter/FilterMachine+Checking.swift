extension FilterMachine {
    /// The rules of the kernel's bpf_check_classic and seccomp_check_filter. Jumps lead forwards only, so that every
    /// program ends.
    func check() throws(Fault) {
        for (line, instruction) in program.enumerated() {
            guard let kind = instruction.kind else { throw .unknownInstruction(line: line, code: instruction.code) }
            let value = instruction.value
            switch kind {
            case .load(.data) where value % 4 != 0 || value >= BPFInstruction.dataSize:
                throw .badLoad(line: line, offset: value)
            case .load(.memory), .loadIndex(.memory), .store, .storeIndex:
                guard value < BPFInstruction.memoryCells else { throw .badMemory(line: line, cell: value) }
            case .compute(.divide, .constant(0)): throw .divisionByZero(line: line)
            case .compute(.shiftLeft, .constant(32...)), .compute(.shiftRight, .constant(32...)):
                throw .badShift(line: line, bits: value)
            case .jump(let distance) where line + 1 + distance >= program.count: throw .jumpOutside(line: line)
            case .branch where line + 1 + Int(max(instruction.ifTrue, instruction.ifFalse)) >= program.count:
                throw .jumpOutside(line: line)
            default: break
            }
        }
        guard case .give? = program.last?.kind else { throw .noEnd }
        try checkMemory()
    }

    /// That no cell is read before it was written, whichever way led there.
    private func checkMemory() throws(Fault) {
        // For each line the cells that are certain to be written when it is reached; nil while no way leads there.
        var written = [Set<Int>?](repeating: nil, count: program.count)
        written[0] = []
        for (line, instruction) in program.enumerated() {
            guard var cells = written[line], let kind = instruction.kind else { continue }
            func reach(_ target: Int) { written[target] = written[target].map { $0.intersection(cells) } ?? cells }
            switch kind {
            case .load(.memory(let cell)), .loadIndex(.memory(let cell)):
                guard cells.contains(cell) else { throw .unwritten(line: line, cell: UInt32(cell)) }
            case .store(let cell), .storeIndex(let cell): cells.insert(cell)
            case .jump(let distance):
                reach(line + 1 + distance)
                continue
            case .branch:
                reach(line + 1 + Int(instruction.ifTrue))
                reach(line + 1 + Int(instruction.ifFalse))
                continue
            default: break
            }
            // Behind a return as well, which the kernel does not look at; the last line has nothing behind it.
            if line + 1 < program.count { reach(line + 1) }
        }
    }
}
