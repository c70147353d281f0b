import ElvesWorker

@main struct Greeter: App {
    var functions: [Function] {
        Function("greet") { param in
            let name = try param.text("name")
            guard !name.isEmpty else { throw BadParam(#"pass a name, for example {"name":"Ada"}"#) }
            log("greeting \(name)")
            return .true("Hello, \(name)!")
        }
    }
}
