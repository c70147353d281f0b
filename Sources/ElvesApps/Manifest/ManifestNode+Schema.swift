import ElvesJSON
import ElvesSchema
import Yams

extension ManifestNode {
    /// A JSON Schema; what is wrong in it is refused with its own place in the document.
    func schema() throws(ManifestError) -> Schema {
        guard node.mapping != nil else { throw refusal("expected a JSON Schema, a map") }
        let json: RawJSON
        do { json = try RawJSON(validating: SchemaText.json(node)) } catch { throw refusal("no JSON: \(error.reason)") }
        do { return try Schema(compiling: json) } catch { throw self.refusal(error) }
    }

    private func refusal(_ error: SchemaError) -> ManifestError {
        var place = self
        for (depth, step) in error.path.enumerated() {
            let isLast = depth == error.path.count - 1
            guard let next = place.part(step, asKey: isLast && error.isKey) else { break }
            place = next
        }
        return place.refusal(error.reason)
    }

    private func part(_ step: SchemaError.Step, asKey: Bool) -> ManifestNode? {
        switch step {
        case .key(let name):
            guard let member = node.mapping?.first(where: { $0.key.scalar?.string.utf8.elementsEqual(name.utf8) == true })
            else {
                return nil
            }
            return ManifestNode(node: asKey ? member.key : member.value, path: "\(path).\(name)")
        case .index(let index):
            guard case .sequence(let elements) = node, elements.indices.contains(index) else { return nil }
            return ManifestNode(node: elements[index], path: "\(path)[\(index)]")
        }
    }
}
