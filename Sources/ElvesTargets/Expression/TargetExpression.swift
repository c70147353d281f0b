/// Which agents are meant, as an operator writes it: `label.role = web and fact.cpus >= 4`, `10.0.0.8, db1`, `*`.
///
/// A comparison is FIELD OPERATOR VALUE. Fields: `agent` (its id), `ip`, `host`, `app` (one that is online), `app.NAME` (its
/// version), `label.NAME`, `fact.NAME`. Operators: `=` and `!=` (with `*` and `?` where the value is bare; addresses also by
/// range), `=~` and `!~` (a regular expression found anywhere, in linear time), `in (a, b)`, `not in (a, b)`, `< <= > >=`
/// (numbers), `version>=` and the like, `exists`. `!=`, `!~` and `not in` are the negations of the others, so they hold where
/// the field is not there; nothing else does. `and`, `or`, `not` and parentheses join them. A bare word is the id, address or host
/// name of an agent; a list of them stands alone or in parentheses. `*` and `all` are every agent.
///
/// What it reads is bounded in size and depth, so text of a stranger may be given to it.
package struct TargetExpression: Equatable, Sendable, CustomStringConvertible {
    let root: TargetNode

    /// - Throws: `TargetError` with the column and what may stand there.
    package init(_ text: String) throws(TargetError) {
        var parser = try TargetParser(text)
        root = try parser.expression()
    }

    package func matches(_ subject: TargetSubject) -> Bool { root.matches(subject) }

    package func explain(_ subject: TargetSubject) -> TargetExplanation { root.explain(subject) }

    /// The canonical text: what means the same word for word has the same one, and read again it is the same expression.
    package var description: String { "\(root)" }
}
