/// The one of `names` that someone probably meant by `text`; nil if none is near: at most a third of it differs, two letters
/// changing places counting as one difference.
package func nearest(to text: String, among names: [String]) -> String? {
    let wanted = Array(text.lowercased().unicodeScalars.prefix(64))
    var best: (name: String, distance: Int)?
    for name in names.prefix(256) {
        let distance = distance(wanted, Array(name.lowercased().unicodeScalars.prefix(64)))
        if distance <= max(1, wanted.count / 3), distance < best?.distance ?? .max { best = (name, distance) }
    }
    return best?.name
}

/// The distance of Damerau and Levenshtein, in its restricted form.
private func distance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
    var beforeLast: [Int] = []
    var last = Array(0...right.count)
    for row in 0..<left.count {
        var current = [row + 1]
        for column in 0..<right.count {
            var best = min(
                current[column] + 1, last[column + 1] + 1, last[column] + (left[row] == right[column] ? 0 : 1))
            if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
                best = min(best, beforeLast[column - 1] + 1)
            }
            current.append(best)
        }
        (beforeLast, last) = (last, current)
    }
    return last[right.count]
}
