import ElvesProcessor
import Glibc

/// Takes the outcomes of tasks and prints a line for each.
///
/// `processor PORT SECRETS`: listens on 127.0.0.1, on a port of the system's choice with 0. SECRETS is a file with one
/// secret a line, two during a rotation. HTTPS is the business of the web server in front of it.
@main struct Main {
    static func main() {
        let arguments = CommandLine.arguments
        guard arguments.count == 3, let port = UInt16(arguments[1]) else { fail("usage: processor PORT SECRETS") }
        do {
            let processor = try Processor(secrets: secrets(of: arguments[2]))
            let listener = try Listener(port: port)
            say("listening on 127.0.0.1:\(listener.port)")
            var handled = Handled()
            while true { listener.serveOne { answer($0, processor, &handled) } }
        } catch {
            fail("\(error)")
        }
    }

    private static func answer(_ request: Request, _ processor: Processor, _ handled: inout Handled) -> Int {
        guard request.method == "POST" else { return 405 }
        do {
            let delivery = try processor.receive(headers: request.headers, body: request.body, now: time(nil))
            // The center sends again what it has no answer for, so the same outcome may come twice.
            guard handled.isNew(delivery.id), let outcome = delivery.outcome else { return 204 }
            handle(outcome)
            handled.remember(delivery.id)
            return 204
        } catch {
            say("refused: \(error)")
            return 400
        }
    }

    /// What an author's own processor does instead.
    private static func handle(_ outcome: Outcome) {
        let instruction = outcome.instruction
        say(
            "\(instruction.app)@\(instruction.version) \(instruction.function) on \(instruction.ip): "
                + "flag \(outcome.flag), \(outcome.result), \(outcome.cost)")
    }

    private static func secrets(of path: String) -> [String] {
        guard let file = fopen(path, "r") else { fail("cannot read \(path): \(String(cString: strerror(errno)))") }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65536)
        let text = String(decoding: bytes[..<fread(&bytes, 1, bytes.count, file)], as: UTF8.self)
        return text.split(separator: "\n").map(String.init)
    }

    private static func say(_ line: String) {
        print(line)
        fflush(nil)
    }

    private static func fail(_ message: String) -> Never {
        print("processor: \(message)")
        exit(1)
    }
}

/// The ids that were handled, the newest ten thousand. One that must survive a restart belongs into a database,
/// together with what was done.
struct Handled {
    private var ids: Set<String> = []
    private var order: [String] = []
    private static let kept = 10_000

    func isNew(_ id: String) -> Bool { !ids.contains(id) }

    mutating func remember(_ id: String) {
        ids.insert(id)
        order.append(id)
        if order.count > 2 * Self.kept {
            for old in order.prefix(Self.kept) { ids.remove(old) }
            order.removeFirst(Self.kept)
        }
    }
}
