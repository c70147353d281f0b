/// The members of an object, in the order in which they came.
public struct Members: Sendable, Sequence {
    public typealias Element = (key: String, value: JSON)

    private var entries: [Element] = []
    /// Positions by key, once there are so many members that looking through them costs more.
    private var positions: [Key: Int]?
    private static let indexedFrom = 16

    public init() {}

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    public func makeIterator() -> IndexingIterator<[Element]> { entries.makeIterator() }

    /// The value of a key; setting nil removes the member.
    public subscript(key: String) -> JSON? {
        get { position(of: key).map { entries[$0].value } }
        set {
            if let position = position(of: key) {
                if let newValue {
                    entries[position].value = newValue
                } else {
                    entries.remove(at: position)
                    positions = nil
                    index()
                }
            } else if let newValue {
                append(key, newValue)
            }
        }
    }

    /// Adds a member and returns true, or returns false when the key is there already.
    @discardableResult
    mutating func insert(_ key: String, _ value: JSON) -> Bool {
        guard position(of: key) == nil else { return false }
        append(key, value)
        return true
    }

    private mutating func append(_ key: String, _ value: JSON) {
        entries.append((key, value))
        if positions != nil {
            positions?[Key(text: key)] = entries.count - 1
        } else {
            index()
        }
    }

    private mutating func index() {
        guard entries.count >= Self.indexedFrom else { return }
        var positions: [Key: Int] = [:]
        for (position, entry) in entries.enumerated() { positions[Key(text: entry.key)] = position }
        self.positions = positions
    }

    private func position(of key: String) -> Int? {
        if let positions { return positions[Key(text: key)] }
        return entries.firstIndex { $0.key.utf8.elementsEqual(key.utf8) }
    }

    /// A key by its bytes.
    private struct Key: Hashable {
        let text: String

        static func == (left: Key, right: Key) -> Bool { left.text.utf8.elementsEqual(right.text.utf8) }

        func hash(into hasher: inout Hasher) {
            for byte in text.utf8 { hasher.combine(byte) }
        }
    }
}
