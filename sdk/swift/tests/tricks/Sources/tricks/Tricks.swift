import ElvesWorker
import Glibc

/// What an app should not do, and what must come of it.
@main struct Tricks: App {
    var functions: [Function] {
        Function("close_all") { _ in
            for descriptor in Int32(0)..<64 { close(descriptor) }
            return .true
        }
        // Only C sees fork; it is looked up by name as a library would be that uses it.
        Function("fork") { _ in
            guard let address = dlsym(nil, "fork") else { return .false("no fork") }
            let fork = unsafeBitCast(address, to: (@convention(c) () -> pid_t).self)
            let child = fork()
            if child == 0 {
                print("printed by the child")
                log("logged by the child")
                progress(50)
                return .true("answered by the child")
            }
            var status: Int32 = 0
            waitpid(child, &status, 0)
            return .true(status)
        }
        Function("descriptors") { _ in
            system("ls /proc/self/fd | tr '\\n' ' '")
            return .true
        }
        Function("pipe") { _ in
            system("(yes; echo yes ended with $? >&2) | head -1 >/dev/null")
            return .true
        }
        Function("trap") { param in
            let list: [Int] = []
            return .true(list[try param.integer("index")])
        }
    }
}
