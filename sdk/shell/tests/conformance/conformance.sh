# The conformance app in bash; sdk/protocol/conformance.md says what each function does. Some functions bear the names
# of the SDK's, which are elves_... here for that reason.

calls=0

_hidden() { elves_result 'not a function of the app'; }

bad_param() { elves_bad_param 'this parameter is never good enough'; }

big() {
    local bytes text=x
    param bytes
    while ((${#text} < bytes)); do text+=$text; done
    result "${text:0:bytes}"
}

count() {
    calls=$((calls + 1))
    result_json "$calls"
}

deadline() {
    local seconds
    param seconds
    elves_deadline
    if ((REPLY > 0 && REPLY <= seconds * 1000)); then result_json true; else result_json false; fi
}

deep() {
    local levels opening closing
    param levels
    printf -v opening '%*s' "$levels" ''
    closing=${opening// /]}
    result_json "${opening// /[}$closing"
}

echo() { result_json "$1"; }

fail() {
    local text
    param text
    elves_fail "$text"
}

json() {
    result_json '{
        "null": null, "true": true, "false": false, "integer": -7, "large": 9007199254740991, "fraction": 0.5,
        "text": "a \"quote\", a \\ and a /", "empty_text": "", "list": [1, [2, []]], "object": {"empty": {}}
    }'
}

log() {
    local text repeat level all=''
    param text
    param repeat 1
    printf -v all '%*s' "$repeat" ''
    all=${all// /"$text"}
    for level in debug info warning error; do elves_log "$all" "$level"; done
}

none() { :; }

print() {
    printf '%s\n' '{"type":"result","id":"1","flag":true,"result":"printed"}'
    printf 'written to descriptor 1\n' >&1
    /bin/echo printed by another program
    printf 'without a newline'
    result 'done'
}

progress() {
    elves_progress 10 begun
    elves_progress 100 'done'
}

progress_flood() {
    local times number
    param times
    for ((number = 0; number < times; number++)); do elves_progress $((number * 100 / times)); done
}

progress_wild() {
    elves_progress 250
    elves_progress -3
}

raises() {
    local text
    param text
    printf '%s\n' "$text" >&2
    return 3
}

secret() {
    local name value
    param name
    elves_secret "$name" value
    result "$value"
}

stdin() {
    local text
    IFS= read -r -d '' text || :
    result "$text"
}

unicode() {
    local words=$'Gr\xc3\xbc\xc3\x9fe, \xe4\xb8\x96\xe7\x95\x8c, \xf0\x9f\xa7\x9d'
    result "$words"$' \x01\t\n\r " \\ \x7f \xe2\x80\xa8 \xef\xbb\xbf'
}

version() {
    elves_app_version
    result "$REPLY"
}

wait() {
    local until=$((${EPOCHREALTIME/[.,]/} + 10000000)) pause
    exec {pause}<<<""
    read -r -u "$pause" || :
    exec {pause}<>"/proc/self/fd/$pause"
    while ((${EPOCHREALTIME/[.,]/} < until)); do
        if cancelled; then
            result 'stopped'
            return 1
        fi
        read -r -t 0.01 -u "$pause" || :
    done
    result 'nobody cancelled'
}
