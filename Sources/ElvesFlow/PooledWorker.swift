import ElvesModel

/// What the pool knows of one worker.
struct PooledWorker {
    enum Phase: Equatable {
        /// Started; not yet ready. Next: `idle`, `ending`.
        case starting
        /// Waits for a call. Next: `busy`, `ending`.
        case idle
        /// Has a call. Next: `answered`, `ending`.
        case busy
        /// Has answered; what it wrote along with the answer is still being read. Next: `idle`, `ending`.
        case answered
        /// Was killed or asked to go. Leaves the pool when its process tree is gone.
        case ending
    }

    var phase = Phase.starting
    private(set) var call: TaskID?
    var wasReady = false
    /// Whether its call was told to end.
    var isCancelled = false
    /// What its call is answered with once it is gone, where that is known already.
    var verdict: WorkerAnswer?
    /// Why it was killed, where the answer needs to know how it ended as well.
    var cause: WorkerEndFacts.Kill?
    var protocolBytes = 0
    var errorBytes = 0
    var logLines = 0
    var idleSince: Duration?
    private(set) var errorTail = ""

    mutating func take(_ call: TaskID) {
        phase = .busy
        self.call = call
        (protocolBytes, errorBytes, logLines, errorTail) = (0, 0, 0, "")
    }

    mutating func answered() {
        phase = .answered
        call = nil
        isCancelled = false
    }

    /// What its call is answered with, now that it is gone.
    func lastAnswer(_ ending: WorkerEnding, _ use: WorkerUse, _ fatalCall: FatalCall?) -> WorkerAnswer {
        if let verdict { return verdict }
        if isCancelled { return .error(.cancelled, "cancelled: the worker was ended with all its processes") }
        var facts = WorkerEndFacts(ending)
        facts.kill = cause
        facts.use = use
        facts.fatalCall = fatalCall
        facts.tail = errorTail
        return workerEndAnswer(facts)
    }

    mutating func keepTail(_ text: String) { errorTail = String((errorTail + text).suffix(2048)) }
}
