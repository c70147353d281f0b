import ElvesSeccomp
import Testing

@Suite struct SeccompProfileTests {
    @Test(arguments: [
        ("", "not acceptable JSON"),
        ("[]", "not acceptable JSON"),
        (#"{}"#, "member \"defaultAction\" is missing"),
        (#"{"defaultAction": 1}"#, "seccomp: member \"defaultAction\" must be a string"),
        (#"{"defaultAction": "SCMP_ACT_MAYBE"}"#, "no action of the runtime specification"),
        (#"{"defaultAction": "SCMP_ACT_TRACE"}"#, "needs a tracer"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "defaultErrnoRet": 1}"#, "\"defaultErrnoRet\" is for SCMP_ACT_ERRNO only"),
        (#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 4096}"#, "must be less than 4096"),
        (#"{"defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": -1}"#, "whole number"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "flags": ["SECCOMP_FILTER_FLAG_LOG"]}"#, "\"flags\" must be empty"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "listenerPath": "/x"}"#, "seccomp: \"listenerPath\" is not supported"),
        (#"{"defaultAction": "SCMP_ACT_KILL", "defaultAction": "SCMP_ACT_ALLOW"}"#, "not acceptable JSON"),
        (rule(#""names": [], "action": "SCMP_ACT_ALLOW""#), "syscalls[0]: \"names\" is empty or missing"),
        (rule(#""names": ["read", 1], "action": "SCMP_ACT_ALLOW""#), "\"names\" must hold texts only"),
        (rule(#""names": ["read"]"#), "syscalls[0]: member \"action\" is missing"),
        (rule(#""name": "read", "action": "SCMP_ACT_ALLOW""#), "syscalls[0]: \"name\" is not supported"),
        (rule(#""names": ["read"], "action": "SCMP_ACT_ALLOW", "includes": {}"#), "\"includes\" is not supported"),
        (argument(#""index": 6, "value": 0, "op": "SCMP_CMP_EQ""#), "syscalls[0].args[0]: \"index\" must be 0 to 5"),
        (argument(#""index": 0, "op": "SCMP_CMP_EQ""#), "\"value\" is missing"),
        (argument(#""index": 0, "value": 1.5, "op": "SCMP_CMP_EQ""#), "whole number"),
        (argument(#""index": 0, "value": -1, "op": "SCMP_CMP_EQ""#), "not negative"),
        (argument(#""index": 0, "value": 18446744073709551615, "op": "SCMP_CMP_EQ""#), "outside the 64-bit range"),
        (argument(#""index": 0, "value": 1, "op": "EQ""#), "must be one of SCMP_CMP_NE"),
        (
            argument(#""index": 0, "value": 1, "valueTwo": 2, "op": "SCMP_CMP_EQ""#),
            "\"valueTwo\" is for SCMP_CMP_MASKED_EQ only"
        ),
    ])
    func `a bad profile is refused with the place and the reason`(_ json: String, _ reason: String) throws {
        let error = #expect(throws: SeccompError.self) { try SeccompProfile(json: Array(json.utf8)) }

        let text = "\(try #require(error))"
        #expect(text.contains(reason), "\(text)")
    }
}
