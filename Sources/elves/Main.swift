import Dispatch
import ElvesCommands

@main
enum Main {
    /// Not asynchronous itself: a confined reader of archives may have no second thread, and the runtime would start some.
    static func main() {
        runConfinedReader()
        Task { await runElves() }
        dispatchMain()
    }
}
