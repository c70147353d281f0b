import ElvesWorker
import Testing

struct WithoutHostTests {
    struct Counter: App {
        var functions: [Function] {
            Function("count") { param in
                progress(50, "half")
                log("counting")
                try checkCancelled()
                return .true(try param.integer("from", default: 0) + 1)
            }
            for name in ["one", "two"] {
                Function(name) { _ in .false(name) }
            }
        }
    }

    @Test func `an app's functions can be called`() throws {
        #expect(try Counter().call("count", ["from": 4]) == .true(5))
        #expect(try Counter().call("count") == .true(1))
        #expect(try Counter().call("two") == .false("two"))
        #expect(throws: UnknownFunction.self) { try Counter().call("three") }
    }

    @Test func `what an app asks is answered`() {
        #expect(!cancelled())
        #expect(deadline() == nil)
        #expect(appVersion() == nil)
        let error = #expect(throws: UnknownSecret.self) { try secret("token") }
        #expect(error?.description.hasPrefix(#"no secret "token"; there is none"#) == true)
    }
}
