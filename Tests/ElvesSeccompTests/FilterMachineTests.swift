import ElvesSeccomp
import Testing

@Suite struct FilterMachineTests {
    private static let end = BPFInstruction(0x06, 0x7FFF_0000)
    private static let giveAccumulator = BPFInstruction(0x16, 0)

    /// What is in the accumulator after some instructions, of a call with the number 7 and the argument 2^32 + 5.
    @Test(
        arguments: [
            ([BPFInstruction(0x20, 0)], 7),  // load a word of the data
            ([BPFInstruction(0x20, 4)], 0xC000_003E),
            ([BPFInstruction(0x20, 16)], 5),
            ([BPFInstruction(0x20, 20)], 1),
            ([BPFInstruction(0x20, 8)], 0xDDCC_BBAA),
            ([BPFInstruction(0x20, 12)], 0x44),
            ([BPFInstruction(0x80, 0)], 64),  // its length
            ([BPFInstruction(0x81, 0), BPFInstruction(0x87, 0)], 64),
            ([BPFInstruction(0x00, 9)], 9),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x04, 0xFFFF_FFFF)], 8),  // computing with a constant
            ([BPFInstruction(0x00, 9), BPFInstruction(0x14, 10)], 0xFFFF_FFFF),
            ([BPFInstruction(0x00, 0x8000_0001), BPFInstruction(0x24, 2)], 2),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x34, 2)], 4),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x44, 6)], 15),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x54, 3)], 1),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x64, 31)], 0x8000_0000),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x74, 3)], 1),
            ([BPFInstruction(0x00, 9), BPFInstruction(0xA4, 3)], 10),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x84, 0)], 0xFFFF_FFF7),
            ([BPFInstruction(0x01, 4), BPFInstruction(0x00, 9), BPFInstruction(0x0C, 0)], 13),  // with the index
            ([BPFInstruction(0x01, 4), BPFInstruction(0x00, 9), BPFInstruction(0x3C, 0)], 2),
            ([BPFInstruction(0x01, 33), BPFInstruction(0x00, 9), BPFInstruction(0x6C, 0)], 18),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x07, 0), BPFInstruction(0x00, 1), BPFInstruction(0x87, 0)], 9),
            // Memory.
            ([BPFInstruction(0x00, 9), BPFInstruction(0x02, 15), BPFInstruction(0x00, 1), BPFInstruction(0x60, 15)], 9),
            ([BPFInstruction(0x01, 9), BPFInstruction(0x03, 0), BPFInstruction(0x61, 0), BPFInstruction(0x87, 0)], 9),
            // Jumps.
            ([BPFInstruction(0x00, 9), BPFInstruction(0x05, 1), BPFInstruction(0x00, 1)], 9),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x15, 9, ifTrue: 1), BPFInstruction(0x00, 1)], 9),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x25, 9, ifTrue: 1), BPFInstruction(0x00, 1)], 1),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x35, 9, ifTrue: 1), BPFInstruction(0x00, 1)], 9),
            ([BPFInstruction(0x00, 9), BPFInstruction(0x45, 6, ifTrue: 1), BPFInstruction(0x00, 1)], 1),
            (
                [
                    BPFInstruction(0x01, 9), BPFInstruction(0x00, 9), BPFInstruction(0x1D, 0, ifTrue: 1),
                    BPFInstruction(0x00, 1),
                ], 9
            ),
        ] as [([BPFInstruction], UInt32)])
    func `every instruction does what the kernel's does`(_ program: [BPFInstruction], _ result: UInt32) throws {
        let machine = try FilterMachine(program: (program + [Self.giveAccumulator]).flatMap(\.bytes))
        let call = SystemCall(7, [1 << 32 | 5])

        let answer = machine.answer(call, architecture: 0xC000_003E, instructionPointer: 0x44_DDCC_BBAA)
        #expect(answer == result)
    }

    @Test func `a division by zero ends the program with the end of the thread`() throws {
        let program = [BPFInstruction(0x01, 0), BPFInstruction(0x00, 9), BPFInstruction(0x3C, 0), Self.end]
        let machine = try FilterMachine(program: program.flatMap(\.bytes))

        #expect(machine.action(for: SystemCall(0), on: .x86_64) == .killThread)
    }

    @Test(
        arguments: [
            ([], .length(bytes: 0)),
            ([BPFInstruction](repeating: end, count: 4097), .length(bytes: 4097 * 8)),
            ([BPFInstruction(0x28, 0), end], .unknownInstruction(line: 0, code: 0x28)),  // half a word
            ([BPFInstruction(0x94, 3), end], .unknownInstruction(line: 0, code: 0x94)),  // remainder
            ([BPFInstruction(0x40, 0), end], .unknownInstruction(line: 0, code: 0x40)),  // indirect
            ([BPFInstruction(0x20, 64), end], .badLoad(line: 0, offset: 64)),
            ([BPFInstruction(0x20, 2), end], .badLoad(line: 0, offset: 2)),
            ([BPFInstruction(0x02, 16), end], .badMemory(line: 0, cell: 16)),
            ([BPFInstruction(0x60, 3), end], .unwritten(line: 0, cell: 3)),
            (
                [BPFInstruction(0x15, 0, ifTrue: 1), BPFInstruction(0x02, 3), BPFInstruction(0x60, 3), end],
                .unwritten(line: 2, cell: 3)
            ),
            ([end, BPFInstruction(0x34, 0), end], .divisionByZero(line: 1)),
            ([BPFInstruction(0x64, 32), end], .badShift(line: 0, bits: 32)),
            ([BPFInstruction(0x05, 1), end], .jumpOutside(line: 0)),
            ([BPFInstruction(0x15, 0, ifFalse: 1), end], .jumpOutside(line: 0)),
            ([BPFInstruction(0x05, 0xFFFF_FFFF), end], .jumpOutside(line: 0)),
            ([end, BPFInstruction(0x20, 0)], .noEnd),
        ] as [([BPFInstruction], FilterMachine.Fault)])
    func `what the kernel would not load is no program`(_ program: [BPFInstruction], _ fault: FilterMachine.Fault) {
        #expect(throws: fault) { try FilterMachine(program: program.flatMap(\.bytes)) }
    }

    @Test func `bytes that are no whole instructions are no program`() {
        #expect(throws: FilterMachine.Fault.length(bytes: 9)) { try FilterMachine(program: Self.end.bytes + [0]) }
    }
}
