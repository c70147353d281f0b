package import ElvesModel

/// One attempt at a task: what is started at most once, and reported once.
///
/// As text it is the task's id, followed by a blank and the attempt's number where that is not 1.
package struct AttemptID: TextID {
    package let task: TaskID
    /// From 1.
    package let number: Int

    package init(_ task: TaskID, _ number: Int = 1) {
        self.task = task
        self.number = number
    }

    package init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1)
        if parts.count == 2, let number = Int(parts[1]), number > 1 {
            self.init(TaskID(String(parts[0])), number)
        } else {
            self.init(TaskID(text))
        }
    }

    package var text: String { number == 1 ? task.text : "\(task.text) \(number)" }
}

extension RunOrder {
    package var id: AttemptID { AttemptID(task, attempt) }
}

extension TaskReport {
    package var id: AttemptID { AttemptID(task, attempt) }
}
