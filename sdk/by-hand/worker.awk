# A worker in awk that speaks the worker protocol without an SDK: mawk -W interactive -f worker.awk
#
# It is the conformance app, so that the fixtures can judge it. It trusts its host: what a host must not send is refused
# only where it costs nothing. It does not move the protocol to descriptors of its own; what it prints by itself goes to
# standard error, and it starts no program.

BEGIN {
    names = "bad_param big count deadline deep echo fail json log none print progress progress_flood progress_wild " \
        "raises secret stdin unicode version wait"
    count_of_names = split(names, name)
    for (number = 1; number <= count_of_names; number++) known[name[number]] = 1
    line_bytes = 1048576
    for (number = 1; number < 256; number++) {
        letter[number] = sprintf("%c", number)
        escape[letter[number]] = number < 32 ? sprintf("\\u%04x", number) : letter[number]
    }
    escape["\""] = "\\\""
    escape["\\"] = "\\\\"
    escape["\n"] = "\\n"
    first = last = 0
    while (take()) {
        type = text(member(line, "type"))
        if (type == "hello" && !greeted) greet()
        else if (type == "hello") refuse("a second hello")
        else if (!greeted) refuse(type " before hello")
        else if (type == "call") answer()
        else if (type == "bye") exit 0
        else if (type != "cancel") refuse("the unknown message type " type)
    }
}

# Messages

# Sets `line` to the next line of the host; 0 at the end of input.
function take() {
    if (first < last) {
        line = waiting[++first]
        delete waiting[first]
        return 1
    }
    return (getline line) > 0
}

function greet(    limits, number, list) {
    if (member(line, "protocols") !~ /[[, ]1[], ]/) refuse("no protocol in common; this worker speaks 1")
    if (text(member(line, "isolation")) == "zygote") refuse("the isolation zygote is not offered")
    limits = member(line, "limits")
    if (limits ~ /^{/ && member(limits, "line_bytes") + 0 > 0) line_bytes = member(limits, "line_bytes") + 0
    version = text(member(line, "version"))
    greeted = 1
    for (number = 1; number <= count_of_names; number++) list = list (number > 1 ? "," : "") quote(name[number])
    send("{\"type\":\"ready\",\"protocol\":1,\"sdk\":\"by hand\",\"language\":\"awk\",\"functions\":[" list "]}")
}

function answer(    called, limit) {
    id = member(line, "id")
    called = text(member(line, "function"))
    param = member(line, "param")
    limit = member(line, "timeout_ms")
    if (id !~ /^"/ || id == "\"\"" || member(line, "function") !~ /^"/) refuse("a call without id or function")
    if (param == "" || param == "null") param = "{}"
    until = limit == "" ? 0 : systime() + limit / 1000
    flag = "true"
    reason = ""
    result = "null"
    if (called in known) run(called)
    else failed("unknown-function", "no function " called "; there is " names)
    finish()
}

function finish(    out) {
    out = "{\"type\":\"result\",\"id\":" id ",\"flag\":" flag ",\"result\":" result \
        (reason == "" ? "" : ",\"reason\":" quote(reason)) "}"
    if (length(out) > line_bytes) {
        failed("output-limit", "the result takes a line of " length(out) " bytes, the limit is " line_bytes)
        finish()
    } else {
        send(out)
        id = ""
    }
}

function failed(why, message) {
    flag = "false"
    reason = why
    result = quote(message)
}

function note(level, message) {
    send("{\"type\":\"log\",\"level\":" quote(level) ",\"message\":" quote(message) (id == "" ? "" : ",\"id\":" id) "}")
}

function report(percent, message) {
    if (percent < 0) percent = 0
    if (percent > 100) percent = 100
    message = message == "" ? "" : ",\"message\":" quote(message)
    send("{\"type\":\"progress\",\"id\":" id ",\"percent\":" percent message "}")
}

function refuse(message) {
    id = ""
    note("error", "refused: " message)
    exit 65
}

function send(message) {
    printf "%s\n", message
    fflush()
}

# The functions

function run(called,    number, all, value) {
    if (called == "bad_param") failed("bad-param", "this parameter is never good enough")
    else if (called == "big") {
        number = member(param, "bytes") + 0
        all = "x"
        while (length(all) < number) all = all all
        result = quote(substr(all, 1, number))
    } else if (called == "count") result = ++calls
    else if (called == "deadline") {
        value = until - systime()
        result = value > 0 && value <= member(param, "seconds") + 0 ? "true" : "false"
    } else if (called == "deep") {
        result = ""
        for (number = member(param, "levels") + 0; number > 0; number--) result = "[" result "]"
    } else if (called == "echo") result = param
    else if (called == "fail") failed("", text(member(param, "text")))
    else if (called == "json")
        result = "{\"null\":null,\"true\":true,\"false\":false,\"integer\":-7,\"large\":9007199254740991," \
            "\"fraction\":0.5,\"text\":\"a \\\"quote\\\", a \\\\ and a /\",\"empty_text\":\"\"," \
            "\"list\":[1,[2,[]]],\"object\":{\"empty\":{}}}"
    else if (called == "log") {
        value = text(member(param, "text"))
        number = member(param, "repeat") == "" ? 1 : member(param, "repeat") + 0
        for (; number > 0; number--) all = all value
        note("debug", all)
        note("info", all)
        note("warning", all)
        note("error", all)
    } else if (called == "print") {
        print "{\"type\":\"result\",\"id\":\"1\",\"flag\":true,\"result\":\"printed\"}" > "/dev/stderr"
        result = "\"done\""
    } else if (called == "progress") {
        report(10, "begun")
        report(100, "done")
    } else if (called == "progress_flood") {
        value = member(param, "times") + 0
        for (number = 0; number < value; number += int(value / 10) + 1) report(int(number * 100 / value))
    } else if (called == "progress_wild") {
        report(250)
        report(-3)
    } else if (called == "raises") {
        value = text(member(param, "text"))
        note("error", value)
        failed("exception", value)
    } else if (called == "secret") failed("exception", "this worker takes no secrets")
    else if (called == "stdin") result = "\"\""
    else if (called == "unicode")
        result = quote("Gr\303\274\303\237e, \344\270\226\347\225\214, \360\237\247\235 " \
            "\001\t\n\r \" \\ \177 \342\200\250 \357\273\277")
    else if (called == "version") result = quote(version)
    else if (called == "wait") hold()
}

# Waits for its cancel: awk cannot ask whether a line has come, so it waits for one. The others keep their turn.
function hold() {
    while ((getline line) > 0) {
        if (text(member(line, "type")) == "cancel" && member(line, "id") == id) {
            failed("cancelled", "stopped")
            return
        }
        waiting[++last] = line
    }
    result = quote("nobody cancelled")
}

# JSON

# The JSON text of a member of an object; "" when it is not there. Keys with escapes are not found.
function member(object, key,    at, end, found) {
    at = 2
    while (at <= length(object)) {
        at = past(object, at)
        if (substr(object, at, 1) != "\"") return ""
        end = after(object, at)
        found = substr(object, at + 1, end - at - 2) == key
        at = past(object, end)
        end = after(object, at)
        if (found) return substr(object, at, end - at)
        at = end
    }
    return ""
}

# The place of the next letter that means something in a list or object.
function past(json, at) {
    while (substr(json, at, 1) ~ /[ \t\r,:]/) at++
    return at
}

# The place after the value that begins at a place.
function after(json, at,    one, depth, rest) {
    one = substr(json, at, 1)
    if (one == "\"") return after_text(json, at)
    if (one != "{" && one != "[") {
        rest = substr(json, at, 40)
        match(rest, /^[^], \t\r}]*/)
        return at + (RLENGTH > 0 ? RLENGTH : 1)
    }
    for (depth = 0; at <= length(json); at++) {
        one = substr(json, at, 1)
        if (one == "\"") at = after_text(json, at) - 1
        else if (one == "{" || one == "[") depth++
        else if ((one == "}" || one == "]") && --depth == 0) return at + 1
    }
    return at
}

function after_text(json, at,    one) {
    while (++at <= length(json)) {
        one = substr(json, at, 1)
        if (one == "\\") at++
        else if (one == "\"") return at + 1
    }
    return at
}

function quote(value,    out, number, size) {
    if (value !~ /[\001-\037"\\]/) return "\"" value "\""
    size = length(value)
    for (number = 1; number <= size; number++) out = out escape[substr(value, number, 1)]
    return "\"" out "\""
}

# What a JSON string means; "" for any other value.
function text(json,    out, at, one, code) {
    if (json !~ /^"/) return ""
    json = substr(json, 2, length(json) - 2)
    while (at = index(json, "\\")) {
        out = out substr(json, 1, at - 1)
        one = substr(json, at + 1, 1)
        if (one == "u") {
            code = number_of(substr(json, at + 2, 4))
            at += 4
            if (code >= 55296 && code < 56320) {
                code = 65536 + (code - 55296) * 1024 + number_of(substr(json, at + 4, 4)) - 56320
                at += 6
            }
            out = out utf8(code)
        } else if (one == "n") out = out "\n"
        else if (one == "t") out = out "\t"
        else if (one == "r") out = out "\r"
        else if (one == "b") out = out "\b"
        else if (one == "f") out = out "\f"
        else out = out one
        json = substr(json, at + 2)
    }
    return out json
}

function number_of(digits,    at, value) {
    for (at = 1; at <= 4; at++) value = value * 16 + index("123456789abcdef", tolower(substr(digits, at, 1)))
    return value
}

# The bytes of a character. A NUL is left out.
function utf8(code) {
    if (code < 128) return letter[code]
    if (code < 2048) return letter[192 + int(code / 64)] letter[128 + code % 64]
    if (code < 65536) return letter[224 + int(code / 4096)] letter[128 + int(code / 64) % 64] letter[128 + code % 64]
    return letter[240 + int(code / 262144)] letter[128 + int(code / 4096) % 64] letter[128 + int(code / 64) % 64] \
        letter[128 + code % 64]
}
