/// A text from metadata, for a message: in quotes, and cut after `limit` characters.
func quoted(_ text: String, _ limit: Int) -> String {
    let scalars = text.unicodeScalars
    let shown = String(String.UnicodeScalarView(scalars.prefix(limit)))
    return "\"\(harmless(shown))\(scalars.count > limit ? "…" : "")\""
}

/// A text without what a terminal or a log would obey, or that is not seen.
func harmless(_ text: String) -> String {
    var shown = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned:
            shown.append(contentsOf: "\\u{\(String(scalar.value, radix: 16, uppercase: true))}".unicodeScalars)
        default: shown.append(scalar)
        }
    }
    return String(shown)
}
