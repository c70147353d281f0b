import ElvesCommands

@main
enum Main {
    static func main() async { await runElves() }
}
