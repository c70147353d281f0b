#!/bin/bash
# Elves for bash: `bash elves.sh` is the worker of an app; sourcing this file gives a test the functions without a host.
#
# Parts, in order: JSON in, JSON out, what an app may ask, answers, the host, beginning anew, the start. All that the SDK keeps
# begins with _elves_, so that an app's names never meet it. There is no process per message: a fork costs more than
# all of a call. Nothing here relies on options or IFS, which belong to the app; LC_ALL=C makes lengths bytes.

_elves_line_bytes=1048576 _elves_depth=64 _elves_isolation='' _elves_trying='' _elves_status=0
_elves_pid='' _elves_call='' _elves_until='' _elves_version='' _elves_cancelled='' _elves_outcome='' _elves_param='{}'
_elves_held='' _elves_progress_at=0 _elves_errexit='' _elves_options=''
_elves_result=null _elves_unchecked='' _elves_where='' _elves_error=2
_elves_scanned='' _elves_waiting=()
declare -A _elves_members=() _elves_functions=() _elves_secrets=()
_elves_two_backslashes='\\' _elves_escaped_quote='\"' _elves_quote='"'
# Somewhere in a text with a space at both ends: a byte that is never there, a lead without what must follow, a
# continuation without a lead, an overlong form, half of a surrogate pair, or more than U+10FFFF.
_elves_no_utf8=$'[\xc0\xc1\xf5-\xff]|[\xc2-\xf4][^\x80-\xbf]|[\xe0-\xf4].[^\x80-\xbf]|[\xf0-\xf4]..[^\x80-\xbf]'
_elves_no_utf8+=$'|[^\x80-\xff][\x80-\xbf]|[\xc2-\xdf].[\x80-\xbf]|[\xe0-\xef]..[\x80-\xbf]|[\xf0-\xf4]...[\x80-\xbf]'
_elves_no_utf8+=$'|\xe0[\x80-\x9f]|\xed[\xa0-\xbf]|\xf0[\x80-\x8f]|\xf4[\x90-\xbf]'
_elves_number='^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$'

# JSON in

# Checks that a text is one JSON value with at most DEPTH containers inside each other, and keeps its outermost members
# as JSON texts: those of an object in _elves_members[.KEY], those of a list in _elves_items. _elves_kind is { [ " or 1.
# A third argument refuses integers beyond 64 bits. Fails with _elves_why.
#
# The text is cut at its quotation marks, after escaped ones and escaped backslashes have become the bytes 2 and 3,
# which JSON does not have. So strings are never looked at letter by letter. `state` is what may come next: V a value,
# A a value or ], K a key, O a key or }, C a colon, E a comma or an end. `stack` is a letter for each open container.
_elves_scan() {
    _elves_scanned=''
    if [[ $1 == \{\"*\} && $1 != *[!\ -~]* && $1 != *\\* && ! ${3-} ]] && _elves_flat "$1"; then return 0; fi
    local - IFS=$' \t\n' text=$1 depth=$2 bounded=${3-} escaped='' blank='' part piece token raw
    local state=V stack='' inner='' key='' is_string=1 first serial=0 number
    local -a parts pieces ids=()
    local -A seen=()
    set +eux -f
    _elves_members=() _elves_items=() _elves_why='' _elves_kind=''
    case $text in
        *[$'\x01'-$'\x08\x0b\x0c\x0e'-$'\x1f']*) _elves_why='it holds a control character'; return 1 ;;
    esac
    if [[ $text == *[$'\x80'-$'\xff']* && " $text " =~ $_elves_no_utf8 ]]; then
        _elves_why='it is not UTF-8'; return 1
    fi
    if [[ $text == *\\* ]]; then
        escaped=1
        if ((${#text} <= 8192)); then
            text=${text//\\\\/$'\x02'}
            text=${text//\\\"/$'\x03'}
        else
            _elves_mark
        fi
        if [[ $text == *\\[!bfnrtu/]* || $text == *\\ ]]; then _elves_why='an escape that there is not'; return 1; fi
        if [[ $text == *\\u* ]]; then
            part=[!0-9a-fA-F]
            if [[ $text == *\\u$part* || $text == *\\u?$part* || $text == *\\u??$part* ||
                $text == *\\u???$part* ]]; then
                _elves_why='an escape \u without four digits'; return 1
            fi
            part=${text//\\u[dD][89abAB]??\\u[dD][c-fC-F]??/}
            if [[ $part == *\\u[dD][89a-fA-F]* ]]; then _elves_why='half of a surrogate pair'; return 1; fi
        fi
    fi
    [[ $text != *[$' \t\r\n']* ]] || blank=1
    text+=$_elves_quote
    IFS=$_elves_quote
    parts=($text)
    if ((${#parts[@]} % 2 == 0)); then _elves_why='it ends inside of a text'; return 1; fi
    IFS=,
    for part in "${parts[@]}"; do
        if ((is_string ^= 1)); then
            if [[ $blank && $part == *[$'\t\r\n']* ]]; then _elves_why='a control character in a text'; return 1; fi
            case $state in
                V | A)
                    state=E
                    case ${#stack} in
                        0) _elves_kind=$_elves_quote; continue ;;
                        1) raw=\"$part\" ;;
                        *) inner+=\"$part\"; continue ;;
                    esac
                    ;;
                K | O)
                    state=C token=$part
                    if [[ $escaped && $part == *[\\$'\x02\x03']* ]]; then _elves_unescape "$part"; token=$REPLY; fi
                    if ((${#stack} == 1)); then
                        key=.$token
                        if [[ ${_elves_members[$key]+there} ]]; then
                            _elves_why="the key \"$part\" is there twice"; return 1
                        fi
                    else
                        inner+=\"$part\" token=${ids[-1]}.$token
                        [[ ! ${seen[$token]+there} ]] || { _elves_why="the key \"$part\" is there twice"; return 1; }
                        seen[$token]=1
                    fi
                    continue
                    ;;
                *) _elves_why='a text where none can be'; return 1 ;;
            esac
        else
            if [[ $blank && $part == *[$' \t\r\n']* ]]; then
                if [[ $part =~ [^][{}:,$' \t\r\n'][$' \t\r\n']+[^][{}:,$' \t\r\n'] ]]; then
                    _elves_why='two values without a comma'; return 1
                fi
                IFS=$' \t\r\n'
                pieces=($part)
                IFS=''
                part="${pieces[*]}"
                IFS=,
            fi
            if [[ $part == : && $state == C ]]; then
                state=V
                ((${#stack} < 2)) || inner+=:
                continue
            fi
            part+=,
            pieces=($part)
            first=1
            for piece in "${pieces[@]}"; do
                if [[ $first ]]; then
                    first=''
                else
                    case $state${stack: -1} in
                        Eo) state=K ;;
                        Ea) state=V ;;
                        *) _elves_why='a comma where none can be'; return 1 ;;
                    esac
                    ((${#stack} < 2)) || inner+=,
                fi
                while [[ $piece ]]; do
                    raw=''
                    case $state$piece in
                        [VA][\[\{]*)
                            token=${piece:0:1}
                            ((${#stack} < depth)) || { _elves_why="it is nested deeper than $depth"; return 1; }
                            [[ $stack ]] || _elves_kind=$token
                            if [[ $token == '{' ]]; then stack+=o state=O; else stack+=a state=A; fi
                            ids+=($((++serial)))
                            case ${#stack} in 1) ;; 2) inner=$token ;; *) inner+=$token ;; esac
                            ;;
                        [EO]\}* | [EA]\]*)
                            token=${piece:0:1}
                            case $token${stack: -1} in
                                \}o | \]a) ;;
                                *) _elves_why="a $token where none can be"; return 1 ;;
                            esac
                            stack=${stack%?} state=E
                            unset 'ids[-1]'
                            case ${#stack} in 0) ;; 1) raw=$inner$token inner='' ;; *) inner+=$token ;; esac
                            ;;
                        C:*)
                            token=: state=V
                            ((${#stack} < 2)) || inner+=:
                            ;;
                        [VA][!\]\}:]*)
                            token=${piece%%[][\{\}:]*} state=E
                            case $token in
                                true | false | null | 0 | [1-9]) ;;
                                *)
                                    if [[ ! $token =~ $_elves_number ]]; then
                                        _elves_why="\"${token:0:40}\" is not JSON"; return 1
                                    fi
                                    if [[ $bounded && ${#token} -gt 18 && $token != *[.eE]* ]]; then
                                        number=${token#-}
                                        if ((${#number} > 19)) || [[ ${#number} -eq 19 && (
                                            $token == -* && $number > 9223372036854775808 ||
                                            $token != -* && $number > 9223372036854775807) ]]; then
                                            _elves_why="the integer ${token:0:30} is beyond 64 bits, send it as a text"
                                            return 1
                                        fi
                                    fi
                                    ;;
                            esac
                            case ${#stack} in 0) _elves_kind=1 ;; 1) raw=$token ;; *) inner+=$token ;; esac
                            ;;
                        *) _elves_why="\"${piece:0:40}\" where it cannot be"; return 1 ;;
                    esac
                    piece=${piece:${#token}}
                    [[ ! $raw ]] || _elves_keep
                done
            done
            continue
        fi
        _elves_keep
    done
    if [[ $state != E || $stack ]]; then _elves_why='it ends too early'; return 1; fi
}

# The same for the parameter that most calls have: one object of texts, numbers and words, without escapes and spaces.
# Fails for all else, and then _elves_scan has to say what it is.
_elves_flat() {
    local - IFS=$_elves_quote state=S part key
    local -a parts
    set +eux -f
    parts=($1\")
    _elves_members=() _elves_kind='{'
    for part in "${parts[@]}"; do
        case $state in
            K)
                [[ ! ${_elves_members[.$part]+there} ]] || return 1
                key=.$part state=C
                ;;
            V) _elves_members[$key]=\"$part\" state=E ;;
            *)
                case $state$part in
                    C:) state=V ;;
                    E, | S\{) state=K ;;
                    E\}\") state=D ;;
                    C:*, | C:*\}\")
                        [[ $part == *, ]] && state=K || state=D
                        part=${part%?}
                        [[ $state == K ]] || part=${part%?}
                        part=${part:1}
                        case $part in
                            true | false | null | 0 | [1-9] | [1-9]*[0-9]) [[ $part != [1-9]*[!0-9]* ]] || return 1 ;;
                            *) return 1 ;;
                        esac
                        _elves_members[$key]=$part
                        ;;
                    *) return 1 ;;
                esac
                ;;
        esac
    done
    [[ $state == D ]]
}

# Marks the escapes in a long text of _elves_scan piece by piece: replacing takes time by the square of the length.
_elves_mark() {
    local out='' at=0 size
    while ((at < ${#text})); do
        part=${text:at:8192} size=${#part}
        # Not between the two bytes of an escape.
        while [[ $part == *\\ ]] && ((at + size < ${#text})); do
            part+=${text:at + size:64}
            size=${#part}
        done
        at=$((at + size))
        part=${part//\\\\/$'\x02'}
        out+=${part//\\\"/$'\x03'}
    done
    text=$out
}

# Keeps a member of the outermost container of _elves_scan, whose variables these are.
_elves_keep() {
    if [[ $escaped && $raw == *[$'\x02\x03']* ]]; then
        local out='' at
        for ((at = 0; at < ${#raw}; at += 8192)); do
            part=${raw:at:8192}
            part=${part//$'\x02'/"$_elves_two_backslashes"}
            out+=${part//$'\x03'/"$_elves_escaped_quote"}
        done
        raw=$out
    fi
    if [[ $stack == o ]]; then _elves_members[$key]=$raw; else _elves_items+=("$raw"); fi
}

# Sets REPLY to what the inside of a JSON string means. A NUL, which no variable can hold, becomes the byte 4, and the
# function fails.
_elves_unescape() {
    local - text=$1 out='' code hex whole=1
    set +eux
    REPLY=$text
    [[ $text == *[\\$'\x02\x03']* ]] || return 0
    if ((${#text} > 8192)); then
        _elves_unescape_long
        return
    fi
    text=${text//\\\\/$'\x02'}
    text=${text//\\\"/$'\x03'}
    text=${text//\\\//\/}
    text=${text//\\n/$'\n'}
    text=${text//\\t/$'\t'}
    text=${text//\\r/$'\r'}
    text=${text//\\b/$'\b'}
    text=${text//\\f/$'\f'}
    while [[ $text == *\\u* ]]; do
        out+=${text%%\\u*}
        text=${text#*\\u}
        code=$((16#${text:0:4}))
        text=${text:4}
        if ((code >= 0xd800 && code < 0xdc00)); then
            code=$((0x10000 + ((code - 0xd800) << 10) + 16#${text:2:4} - 0xdc00))
            text=${text:6}
        fi
        if ((code == 0)); then
            hex='\x04' whole=''
        elif ((code < 0x80)); then
            printf -v hex '\\x%02x' "$code"
        elif ((code < 0x800)); then
            printf -v hex '\\x%02x\\x%02x' $((0xc0 | code >> 6)) $((0x80 | code & 63))
        elif ((code < 0x10000)); then
            printf -v hex '\\x%02x\\x%02x\\x%02x' $((0xe0 | code >> 12)) $((0x80 | code >> 6 & 63)) \
                $((0x80 | code & 63))
        else
            printf -v hex '\\x%02x\\x%02x\\x%02x\\x%02x' $((0xf0 | code >> 18)) $((0x80 | code >> 12 & 63)) \
                $((0x80 | code >> 6 & 63)) $((0x80 | code & 63))
        fi
        printf -v hex %b "$hex"
        out+=$hex
    done
    REPLY=$out$text
    REPLY=${REPLY//$'\x02'/\\}
    REPLY=${REPLY//$'\x03'/\"}
    [[ $whole ]]
}

# The same for the long `text` of _elves_unescape, piece by piece; an escape, and a pair of surrogates, stays whole.
_elves_unescape_long() {
    local part last more pieces='' at=0 result=0
    _elves_mark
    while ((at < ${#text})); do
        part=${text:at:8000}
        while ((at + ${#part} < ${#text})) && [[ ${part: -12} == *\\* ]]; do
            last=${part: -12}
            case ${last##*\\} in
                '' | u | u? | u?? | u???) more=1 ;;
                u[dD][89abAB]??) more=6 ;;
                *) break ;;
            esac
            part+=${text:at + ${#part}:more}
        done
        at=$((at + ${#part}))
        _elves_unescape "$part" || result=1
        pieces+=$REPLY
    done
    REPLY=$pieces
    return "$result"
}

# JSON out

# Sets REPLY to a text as a JSON string. What is not UTF-8, such as a file name in Latin-1, is replaced by U+FFFD, and
# the function fails.
_elves_string() {
    local - text=$1 whole=1 out at
    set +eux
    [[ ${LC_ALL-} == C ]] || local LC_ALL=C
    if [[ $text == *[$'\x80'-$'\xff']* && " $text " =~ $_elves_no_utf8 ]]; then
        _elves_replace "$text"
        text=$REPLY whole=''
    fi
    REPLY=$text
    if [[ $text != *[$'\x01'-$'\x1f\\"']* ]]; then
        :
    elif ((${#text} <= 8192)); then
        _elves_escape "$text"
    else
        # Replacing takes time by the square of the length.
        out=''
        for ((at = 0; at < ${#text}; at += 8192)); do
            _elves_escape "${text:at:8192}"
            out+=$REPLY
        done
        REPLY=$out
    fi
    REPLY=\"$REPLY\"
    [[ $whole ]]
}

# Sets REPLY to a text with escapes for what a JSON string cannot hold.
_elves_escape() {
    local code letter
    REPLY=${1//\\/"$_elves_two_backslashes"}
    REPLY=${REPLY//\"/"$_elves_escaped_quote"}
    REPLY=${REPLY//$'\n'/'\n'}
    REPLY=${REPLY//$'\t'/'\t'}
    REPLY=${REPLY//$'\r'/'\r'}
    [[ $REPLY == *[$'\x01'-$'\x1f']* ]] || return 0
    for code in {1..31}; do
        printf -v letter '\\x%02x' "$code"
        printf -v letter %b "$letter"
        if [[ $REPLY == *"$letter"* ]]; then
            printf -v code '\\u%04x' "$code"
            REPLY=${REPLY//"$letter"/"$code"}
        fi
    done
}

# Sets REPLY to a text with U+FFFD for each byte that belongs to no character.
_elves_replace() {
    local text=$1 out='' size
    while [[ $text ]]; do
        out+=${text%%[$'\x80'-$'\xff']*}
        text=${text#"${text%%[$'\x80'-$'\xff']*}"}
        for size in 4 3 2; do
            case ${text:0:size} in
                $'\xf0'[$'\x90'-$'\xbf']?? | [$'\xf1'-$'\xf3']??? | $'\xf4'[$'\x80'-$'\x8f']?? | \
                    $'\xe0'[$'\xa0'-$'\xbf']? | [$'\xe1'-$'\xec\xee\xef']?? | $'\xed'[$'\x80'-$'\x9f']? | \
                    [$'\xc2'-$'\xdf']?)
                    [[ ${text:1:size - 1} != *[!$'\x80'-$'\xbf']* ]] || continue
                    out+=${text:0:size}
                    text=${text:size}
                    continue 2
                    ;;
            esac
        done
        [[ ! $text ]] || out+=$'\xef\xbf\xbd' text=${text:1}
    done
    REPLY=$out
}

# Writes one line of the protocol. Whoever reads it has gone when that fails.
_elves_write() {
    printf '%s\n' "$1" >&"$_elves_out" || _elves_end 74 'the worker has lost its host'
}

# What an app may ask. Each has a short name as well, below, for apps without a function of that name.

# log TEXT [LEVEL]: a log line; LEVEL is debug, info, warning or error. In a subshell, and outside of a worker, it goes
# to standard error.
elves_log() {
    local - level=${2-info} line tail room
    set +eux
    [[ ${LC_ALL-} == C ]] || local LC_ALL=C
    case $level in
        debug | info | warning | error) ;;
        *) printf 'log: the level "%s" is none of debug, info, warning, error\n' "$level" >&2; return 2 ;;
    esac
    if [[ $BASHPID != "$_elves_pid" || $_elves_trying ]]; then printf '%s: %s\n' "$level" "${1-}" >&2; return; fi
    tail=${_elves_call:+,\"id\":$_elves_call}\}
    _elves_string "${1-}"
    line="{\"type\":\"log\",\"level\":\"$level\",\"message\":$REPLY$tail"
    if ((${#line} > _elves_line_bytes)); then
        # A byte takes at most six, as an escape; a character is not cut in two.
        room=$(((_elves_line_bytes - ${#tail} - 130) / 6))
        line=${1:0:room > 0 ? room : 0}
        line=${line%[$'\xc2'-$'\xf4']} line=${line%[$'\xe0'-$'\xf4']?} line=${line%[$'\xf0'-$'\xf4']??}
        _elves_string "$line... (cut, ${#1} bytes in all)"
        line="{\"type\":\"log\",\"level\":\"$level\",\"message\":$REPLY$tail"
    fi
    _elves_write "$line"
}

# progress [PERCENT] [TEXT]: how far the call is. Ten a second go out, the last one of a call always does.
elves_progress() {
    local - percent=${1-} text=${2-} line whole rest
    set +eux
    [[ ${LC_ALL-} == C ]] || local LC_ALL=C
    [[ $BASHPID == "$_elves_pid" && $_elves_call && ! $_elves_trying ]] || return 0
    line="{\"type\":\"progress\",\"id\":$_elves_call"
    if [[ $percent ]]; then
        if [[ ! $percent =~ ^-?[0-9]{1,15}(\.[0-9]+)?$ ]]; then
            printf 'progress: "%s" is not a number\n' "$percent" >&2
            return 2
        fi
        whole=${percent%%.*} rest=${percent#"$whole"}
        case $whole in
            -*) percent=0 ;;
            *)
                whole=$((10#$whole)) rest=${rest:0:2}
                if ((whole >= 100)); then percent=100; else percent=$whole$rest; fi
                ;;
        esac
        line+=,\"percent\":$percent
    fi
    if [[ $text ]]; then
        whole=$((_elves_line_bytes / 8 < 1000 ? _elves_line_bytes / 8 : 1000))
        if ((${#text} > whole)); then
            text=${text:0:whole}
            text=${text%[$'\xc2'-$'\xf4']} text=${text%[$'\xe0'-$'\xf4']?} text=${text%[$'\xf0'-$'\xf4']??}
        fi
        _elves_string "$text"
        line+=,\"message\":$REPLY
    fi
    _elves_held=$line\}
    _elves_send_progress
}

# Sends a held progress line, if a tenth of a second has passed since the one before, or when told to.
_elves_send_progress() {
    local now=${EPOCHREALTIME/[.,]/}
    if [[ $_elves_held && (${1-} || $((now - _elves_progress_at)) -ge 100000) ]]; then
        _elves_write "$_elves_held"
        _elves_held='' _elves_progress_at=$now
    fi
}

# deadline: sets REPLY to the milliseconds left before the host kills the call; 2147483647 when there is no limit.
elves_deadline() {
    REPLY=2147483647
    if [[ $_elves_until ]]; then
        REPLY=$(((_elves_until - ${EPOCHREALTIME/[.,]/}) / 1000))
        ((REPLY > 0)) || REPLY=0
    fi
}

# cancelled: succeeds when the caller has given up. Reads what the host has sent meanwhile. In a subshell it fails.
elves_cancelled() {
    local -
    set +eux
    [[ $BASHPID == "$_elves_pid" && $_elves_call && ! $_elves_trying ]] || return 1
    [[ ! $_elves_held ]] || _elves_send_progress
    while [[ ! $_elves_cancelled ]] && read -r -t 0 -u "$_elves_in"; do
        local _elves_type _elves_id _elves_name _elves_param _elves_limit _elves_line
        local _elves_why _elves_kind _elves_items _elves_scanned=''
        local -A _elves_members
        _elves_read || break
        _elves_waiting+=("$_elves_line")
        [[ $_elves_type != cancel || $_elves_id != "$_elves_call" ]] || _elves_cancelled=1
    done
    [[ $_elves_cancelled ]]
}

# app_version: sets REPLY to the version of the app that runs, as the host named it.
elves_app_version() { REPLY=$_elves_version; }

# param NAME [DEFAULT]: sets the variable NAME to a member of the parameter: a text as it is, anything else as JSON.
# Without the member, or when it is null, the variable becomes DEFAULT; without DEFAULT the call is refused. A dash in
# NAME is an underscore in the variable.
elves_param() {
    local _elves_raw
    _elves_member "$@" || return 0
    if [[ $_elves_raw == \"*[\\]* ]]; then
        _elves_unescape "${_elves_raw:1:-1}" || elves_bad_param "$1 holds a NUL, which bash cannot keep"
        _elves_raw=$REPLY
    elif [[ $_elves_raw == \"* ]]; then
        _elves_raw=${_elves_raw:1:-1}
    fi
    printf -v "${1//-/_}" %s "$_elves_raw"
}

# param_json NAME [DEFAULT]: the same, with texts as JSON too. The whole parameter is the first argument of a function.
elves_param_json() {
    local _elves_raw
    _elves_member "$@" || return 0
    printf -v "${1//-/_}" %s "$_elves_raw"
}

# param_list NAME [DEFAULT]...: sets the array NAME to the elements of a list.
elves_param_list() {
    local - IFS=$' \t\n' _elves_raw _elves_items _elves_why _elves_kind _elves_item
    local -A _elves_others=()
    set +eux
    _elves_variable "$1"
    local -n _elves_target=${1//-/_}
    _elves_raw=${_elves_members[.$1]-null}
    if [[ $_elves_raw == null ]]; then
        (($# > 1)) || elves_bad_param "pass the list \"$1\""
        _elves_target=("${@:2}")
        return 0
    fi
    [[ $_elves_raw == \[* ]] || elves_bad_param "\"$1\" is not a list"
    _elves_target=()
    _elves_list "$_elves_raw"
    for _elves_item in "${_elves_items[@]}"; do
        if [[ $_elves_item == \"* ]]; then
            _elves_unescape "${_elves_item:1:-1}" || elves_bad_param "$1 holds a NUL, which bash cannot keep"
            _elves_item=$REPLY
        fi
        _elves_target+=("$_elves_item")
    done
}

# Scans a list into the caller's _elves_items and leaves the members of the parameter alone.
_elves_list() {
    local _elves_scanned
    local -A _elves_members=()
    _elves_scan "$1" "$_elves_depth"
}

# Ends the function when a name is none for a variable of the app.
_elves_variable() {
    case $1 in
        *[!A-Za-z0-9_-]* | [0-9-]* | _elves* | '') _elves_unwind exception "param: no name for a variable: $1" ;;
    esac
}

# Sets _elves_raw for a function above, or sets its variable to the default and fails, or refuses the call.
_elves_member() {
    _elves_variable "${1-}"
    _elves_raw=${_elves_members[.$1]-null}
    if [[ $_elves_raw == null ]]; then
        (($# > 1)) || elves_bad_param "pass \"$1\""
        printf -v "${1//-/_}" %s "$2"
        return 1
    fi
}

# secret NAME [VARIABLE]: sets a variable, NAME if no other is given, to a secret that the manifest lists.
elves_secret() {
    local - IFS=, _elves_names
    set +eux
    if [[ ! ${_elves_secrets[.$1]+there} ]]; then
        _elves_names=("${!_elves_secrets[@]}")
        _elves_names="${_elves_names[*]#.}"
        _elves_unwind exception "there is no secret $1; there is ${_elves_names:-none}"
        return 1
    fi
    printf -v "${2-${1//-/_}}" %s "${_elves_secrets[.$1]}"
}

# result TEXT: what the call answers. The last one counts; without any it is null.
elves_result() {
    if [[ $# == 1 && $1 != *[!\ -~]* && $1 != *[\"\\]* ]]; then
        _elves_result=\"$1\" _elves_unchecked=''
        return
    fi
    local - IFS=' '
    set +eux
    if _elves_string "$*"; then
        _elves_result=$REPLY
    else
        _elves_result=$REPLY
        elves_log 'the result holds text that is not UTF-8; it was replaced by U+FFFD' warning
    fi
    _elves_unchecked=''
}

# result_json JSON: the same for any JSON value. It is looked at when the function has ended.
elves_result_json() { _elves_result=$1 _elves_unchecked=1; }

# json_string TEXT: sets REPLY to a text as JSON, for results that are put together by hand.
elves_json_string() { _elves_string "${1-}" || :; }

# fail [TEXT], bad_param TEXT: end the function at once, from wherever it is: flag false; bad_param with that reason.
elves_fail() {
    [[ ! ${1+there} ]] || elves_result "$1"
    _elves_unwind fail
}
elves_bad_param() { _elves_unwind bad-param "${1-}"; }

log() { elves_log "$@"; }
progress() { elves_progress "$@"; }
deadline() { elves_deadline; }
cancelled() { elves_cancelled; }
app_version() { elves_app_version; }
param() { elves_param "$@"; }
param_json() { elves_param_json "$@"; }
param_list() { elves_param_list "$@"; }
secret() { elves_secret "$@"; }
result() { elves_result "$@"; }
result_json() { elves_result_json "$@"; }
json_string() { elves_json_string "$@"; }
fail() { elves_fail "$@"; }
bad_param() { elves_bad_param "$@"; }

# In an app, `exit` ends the function like `return`, from wherever it is, and not the worker.
exit() {
    local status=${1-$?}
    [[ $BASHPID == "$_elves_pid" && $_elves_call ]] || builtin exit "$status"
    _elves_status=$status
    _elves_unwind exit
}

# Answers

# Ends the running function with an outcome; the text, if there is one, becomes the result. A failing arithmetic
# expansion is the one error that bash itself carries up to the nearest `eval`, closing redirections on the way.
_elves_unwind() {
    if [[ $BASHPID != "$_elves_pid" || ! $_elves_call ]]; then
        printf '%s\n' "${2-$1}" >&2
        [[ ! $_elves_pid || $BASHPID == "$_elves_pid" ]] || builtin exit 1
        return 1
    fi
    set +e
    [[ ! ${2+there} ]] || elves_result "$2"
    _elves_outcome=$1
    [[ ! $_elves_trying ]] || builtin exit 1
    { : $((1 / 0)); } 2>/dev/null
}

# Notes the command that ends the shell under `set -e`. A false answer of the function itself is no failed command: it is
# seen at the level of _elves_run, before bash would end the shell for it.
_elves_fault() {
    if ((${#FUNCNAME[@]} - 1 > _elves_level)); then _elves_where="line $1: $2"; else set +e; fi
}

# Runs the function of the call where its `set -e` counts, and sets _elves_status.
_elves_run() {
    _elves_level=${#FUNCNAME[@]} _elves_where=''
    trap '_elves_exit "$BASH_COMMAND"' EXIT
    if [[ $_elves_errexit ]]; then
        trap '_elves_fault "$LINENO" "$BASH_COMMAND"' ERR
        set -eE
    fi
    [[ ! $_elves_options ]] || set "-$_elves_options"
    eval '"${_elves_functions[.$_elves_name]}" "$_elves_param"'
    _elves_level=$?
    set +eux
    [[ $_elves_outcome ]] || _elves_status=$_elves_level
}

# Answers the call that _elves_message has set.
_elves_answer() {
    _elves_call=$_elves_id _elves_cancelled='' _elves_outcome='' _elves_result=null _elves_unchecked='' _elves_until=''
    [[ ! $_elves_limit ]] || _elves_until=$((${EPOCHREALTIME/[.,]/} + _elves_limit * 1000))
    if [[ ! ${_elves_functions[.$_elves_name]+there} ]]; then
        _elves_outcome=unknown-function
        elves_result "no function \"${_elves_name:0:80}\"; there is ${_elves_list_of_functions:-none}"
        _elves_finish
    else
        _elves_run
        _elves_finish
    fi
}

# Writes the result of the running call, from its outcome and the status of its function.
_elves_finish() {
    local flag=false reason='' line size
    case ${_elves_outcome:-return} in
        return | exit)
            case $_elves_status in
                0) flag=true ;;
                1) ;;
                *)
                    reason=exception
                    elves_log "$_elves_name ended with the status $_elves_status; 0 is true and 1 is false" error
                    [[ $_elves_result != null ]] || elves_result "$_elves_name ended with the status $_elves_status"
                    ;;
            esac
            ;;
        fail) ;;
        exception)
            reason=exception
            _elves_unescape "${_elves_result:1:-1}" || :
            elves_log "$REPLY" error
            ;;
        *) reason=$_elves_outcome ;;
    esac
    if [[ $flag$reason == false && $_elves_cancelled ]]; then reason=cancelled; fi
    if [[ $_elves_unchecked ]]; then
        # One that is far too long has no need to be JSON.
        if ((${#_elves_result} > 2 * _elves_line_bytes)) ||
            _elves_scan "$_elves_result" $((_elves_depth - 1)) bounded; then
            [[ $_elves_result != *$'\n'* ]] || _elves_result=${_elves_result//$'\n'/ }
        else
            flag=false reason=exception
            elves_result "the result cannot be sent as JSON: $_elves_why"
        fi
    fi
    line="{\"type\":\"result\",\"id\":$_elves_call,\"flag\":$flag,\"result\":"
    size=$((${#line} + ${#_elves_result} + ${#reason} + (${#reason} > 0 ? 12 : 0) + 1))
    if ((size > _elves_line_bytes)); then
        reason=output-limit
        line="{\"type\":\"result\",\"id\":$_elves_call,\"flag\":false,\"result\":"
        elves_result "the result takes a line of $size bytes, the limit is $_elves_line_bytes"
    fi
    [[ ! $_elves_held ]] || _elves_send_progress now
    line+=$_elves_result${reason:+,\"reason\":\"$reason\"}\}
    _elves_call=''
    _elves_write "$line"
}

# The trap of the shell's end: a program error during a call, such as a variable that is not set, is answered, and the
# app begins anew in this process when the next call comes. Before the first call, the app cannot be loaded.
_elves_exit() {
    local status=$? place=" at: ${_elves_where:-$1}"
    set +eux
    # A command of ours says nothing about the app.
    [[ $place != *_elves_* ]] || place=''
    [[ $BASHPID == "$_elves_pid" ]] || builtin exit "$status"
    exec 0</dev/null 2>&"$_elves_error" 1>&2
    if [[ ! $_elves_call ]]; then
        elves_log "the app cannot be loaded: it ended with the status $status$place" error
        _elves_end 70
    fi
    if [[ ! $_elves_outcome ]]; then
        elves_result "$_elves_name failed with the status $status$place"
        _elves_outcome=exception
    fi
    _elves_finish
    [[ ! $_elves_trying ]] || _elves_end 0
    _elves_take || _elves_end 0
    while [[ $_elves_type == cancel ]]; do _elves_take || _elves_end 0; done
    [[ $_elves_type != bye ]] || _elves_end 0
    [[ $_elves_type != hello ]] || _elves_refuse 'a second hello'
    _elves_waiting=("$_elves_line" "${_elves_waiting[@]}")
    cd "$_elves_folder" || _elves_end 70
    trap - EXIT
    _elves_pipe || _elves_end 70
    _elves_hand "$_elves_hello" "$_elves_secret_text" "${_elves_waiting[@]}"
    exec "$BASH" "$_elves_self" again 0<&"$_elves_in" 1>&"$_elves_out" 3<>"/proc/self/fd/$_elves_back"
}

# The host

# Reads a line and sets the variables of _elves_message; fails at the end of input.
_elves_read() {
    local -a lines
    mapfile -n 1 -u "$_elves_in" lines || _elves_end 74 'the worker has lost its host'
    ((${#lines[@]})) || return 1
    # bash ends a text at a NUL, so both look the same.
    [[ ${lines[0]} == *$'\n' ]] || _elves_refuse 'the input ends in the middle of a line, or the line holds a NUL'
    _elves_line=${lines[0]%?}
    ((${#_elves_line} <= _elves_line_bytes)) || _elves_refuse "a line longer than $_elves_line_bytes bytes"
    _elves_message
}

# The next message, in its turn; fails at the end of input.
_elves_take() {
    if ((${#_elves_waiting[@]})); then
        _elves_line=${_elves_waiting[0]}
        _elves_waiting=("${_elves_waiting[@]:1}")
        _elves_message
    else
        _elves_read
    fi
}

# Sets _elves_type, _elves_id, _elves_name, _elves_param and _elves_limit from _elves_line, or refuses it. Ids stay
# JSON.
_elves_message() {
    local rest=$_elves_line digits
    # A call as hosts write it, without escapes: only its parameter has to be scanned.
    if [[ $rest == '{"type":"call","id":"'*'}' && $rest != *[!\ -~]* && $rest != *\\* ]]; then
        rest=${rest:21}
        _elves_id=${rest%%\"*}
        rest=${rest:${#_elves_id}}
        if [[ $_elves_id && $rest == '","function":"'* ]]; then
            rest=${rest:14}
            _elves_name=${rest%%\"*}
            rest=${rest:${#_elves_name}}
            digits=${rest##*,\"timeout_ms\":}
            digits=${digits%\}}
            if [[ $rest == '","param":'*,\"timeout_ms\":"$digits"\} && $digits == [1-9]* && ${#digits} -lt 13 &&
                $digits != *[!0-9]* ]]; then
                rest=${rest:10}
                _elves_param=${rest%,\"timeout_ms\":*}
                # What is asked again and again is still there from the call before.
                if [[ $_elves_param == "$_elves_scanned" ]] || _elves_scan "$_elves_param" $((_elves_depth - 1)); then
                    _elves_scanned=$_elves_param
                    _elves_type=call _elves_limit=$digits _elves_id=\"$_elves_id\"
                    [[ $_elves_param != null ]] || _elves_param={}
                    return
                fi
            fi
        fi
    fi
    _elves_scan "$_elves_line" "$_elves_depth" || _elves_refuse "$_elves_why"
    [[ $_elves_kind == '{' ]] || _elves_refuse 'a message is a JSON object'
    _elves_text type || _elves_refuse 'a message without type'
    _elves_type=$REPLY
    case $_elves_type in
        call | cancel)
            _elves_text id || _elves_refuse "$_elves_type without id"
            if [[ $_elves_type == call && ! $REPLY ]]; then _elves_refuse 'call without id'; fi
            _elves_id=${_elves_members[.id]}
            [[ $REPLY == *$'\x04'* ]] || { _elves_string "$REPLY" && _elves_id=$REPLY; }
            [[ $_elves_type == call ]] || return 0
            _elves_text function || _elves_refuse 'call without function'
            _elves_name=$REPLY
            _elves_limit=${_elves_members[.timeout_ms]-null}
            case $_elves_limit in
                null) _elves_limit='' ;;
                [0-9]*) printf -v _elves_limit %.0f "$_elves_limit" ;;
                *) _elves_refuse "call with the timeout_ms $_elves_limit" ;;
            esac
            _elves_param=${_elves_members[.param]-null}
            [[ $_elves_param != null ]] || _elves_param={}
            _elves_scan "$_elves_param" "$_elves_depth"
            ;;
        hello | bye) ;;
        *) _elves_refuse "the unknown message type \"${_elves_type:0:80}\"" ;;
    esac
}

# Sets REPLY to a member of the message that must be a text; a NUL in it is the byte 4.
_elves_text() {
    REPLY=${_elves_members[.$1]-}
    [[ $REPLY == \"* ]] || return 1
    _elves_unescape "${REPLY:1:-1}" || :
}

_elves_refuse() {
    elves_log "refused: $1" error
    _elves_end 65
}

# Ends the process, whatever the app has left of it.
_elves_end() {
    trap - EXIT
    [[ ! ${2-} ]] || printf '%s\n' "$2" >&2
    builtin exit "$1"
}

# Beginning anew

# Opens a pipe to ourselves, _elves_back: that of a here-string, which holds a line feed. Programs do not get it.
_elves_pipe() {
    local here
    exec {here}<<<''
    exec 0<>"/proc/self/fd/$here" || return 1
    exec {here}<&-
    exec {here}<&0
    exec {here}<&-
    _elves_keep_pipe "$here" </dev/null
    exec 0</dev/null
    read -r -u "$_elves_back" here
}

# As _elves_claim.
_elves_keep_pipe() { exec {_elves_back}<&"$1"; }

# Writes lines, and before them how many there are, for _elves_handed. What a pipe may not hold is written while the
# reader reads; the first part is there before this process ends, so that the reader finds it.
_elves_hand() {
    local lines=$#$'\n' line
    for line in "$@"; do lines+=$line$'\n'; done
    printf %s "${lines:0:4096}" >&"$_elves_back"
    ((${#lines} <= 4096)) || printf %s "${lines:4096}" >&"$_elves_back" &
}

# Reads what _elves_hand has written on a descriptor, into the array `lines` of the caller.
_elves_handed() {
    local count
    read -r -u "$1" count
    lines=()
    ((!count)) || mapfile -t -n "$count" -u "$1" lines
}

# The start

# Runs with descriptors 0 to 2 saved in the three given ones, which bash closes in programs; copies of them keep that.
_elves_claim() {
    exec {_elves_in}<&"$1" {_elves_out}>&"$2" {_elves_error}>&"$3"
}

# Takes the descriptors, reads the hello and the secrets, and sets up what the app may find.
_elves_begin() {
    local one two three limits key
    local -a state lines
    _elves_folder=$PWD _elves_pid=$$ _elves_secret_text=''
    case $_elves_self in /*) ;; *) _elves_self=$PWD/$_elves_self ;; esac
    trap : PIPE
    exec {one}<&0 {two}<&0 {three}<&0
    exec {one}<&- {two}<&- {three}<&-
    _elves_claim "$one" "$two" "$three" </dev/null >/dev/null 2>/dev/null
    exec 0</dev/null 1>&2
    if [[ $1 == again ]]; then
        _elves_handed 3
        exec 3<&-
        _elves_line=${lines[0]} _elves_secret_text=${lines[1]} _elves_waiting=("${lines[@]:2}")
        _elves_message
    else
        _elves_read || _elves_end 0
    fi
    _elves_hello=$_elves_line
    [[ $_elves_type == hello ]] || _elves_refuse "$_elves_type before hello"
    for key in app entry; do
        if ! _elves_text "$key" || [[ ! $REPLY ]]; then _elves_refuse "hello without $key"; fi
        printf -v "_elves_$key" %s "$REPLY"
    done
    ! _elves_text version || _elves_version=$REPLY
    _elves_isolation=resident
    for key in scratch isolation; do
        if [[ ${_elves_members[.$key]-null} != null ]]; then
            _elves_text "$key" || _elves_refuse "hello with a $key that is no text"
            printf -v "_elves_$key" %s "$REPLY"
        fi
    done
    case $_elves_isolation in
        resident | fresh) ;;
        zygote) _elves_refuse 'the isolation zygote: bash cannot keep its calls apart in the kernel; take fresh' ;;
        *) _elves_refuse "the isolation \"$_elves_isolation\"; there is resident, fresh" ;;
    esac
    key=${_elves_members[.secrets_descriptor]-null}
    if [[ $key == null || $1 == again ]]; then
        :
    elif [[ $key == [1-9]* && $key != *[!0-9]* && ${#key} -lt 10 ]] && ((key > 2)); then
        if IFS= read -r -d '' -u "$key" _elves_secret_text || [[ ! $_elves_secret_text ]]; then
            _elves_refuse "the secrets on descriptor $key cannot be read"
        fi
        exec {key}<&-
        ((${#_elves_secret_text} <= 65536)) || _elves_refuse 'the secrets are longer than 65536 bytes'
    else
        _elves_refuse "hello with the secrets_descriptor $key"
    fi
    state=("${_elves_members[.protocols]-}" "${_elves_members[.limits]-null}")
    [[ ${state[0]} == \[* ]] || _elves_refuse 'hello without protocols'
    _elves_list "${state[0]}"
    if [[ " ${_elves_items[*]} " != *' 1 '* ]]; then
        _elves_refuse "no protocol in common: the host offers ${state[0]}, this worker speaks [1]"
    fi
    if [[ ${state[1]} != null ]]; then
        _elves_scan "${state[1]}" "$_elves_depth"
        [[ $_elves_kind == '{' ]] || _elves_refuse "hello with the limits ${state[1]}"
        for key in line_bytes depth; do
            limits=${_elves_members[.$key]-1}
            if [[ $limits != [1-9]* || $limits == *[!0-9]* || ${#limits} -gt 12 ]]; then
                _elves_refuse "the limit $key is $limits"
            fi
            [[ ! ${_elves_members[.$key]+there} ]] || printf -v "_elves_$key" %s "$limits"
        done
    fi
    if [[ $_elves_secret_text ]]; then
        _elves_secret_text=${_elves_secret_text//$'\n'/ }
        _elves_scan "$_elves_secret_text" "$_elves_depth" || _elves_refuse 'the secrets are not JSON'
        [[ $_elves_kind == '{' ]] || _elves_refuse 'the secrets are not an object'
        for key in "${!_elves_members[@]}"; do
            if ! _elves_text "${key#.}" || [[ $REPLY == *$'\x04'* ]]; then _elves_refuse 'a secret that is no text'; fi
            _elves_secrets[$key]=$REPLY
        done
    fi
    if [[ ! -f $_elves_entry ]]; then
        elves_log "the app cannot be loaded: the entry \"$_elves_entry\" is not a file of the app" error
        _elves_end 70
    fi
    trap '_elves_exit "$BASH_COMMAND"' EXIT
}

# Lists the functions that the entry defines, and says ready. One that is named like a command of bash gets another name
# first: a function `set` must not stand in the way of `set -e`.
_elves_ready() {
    local - IFS=$' \t\n' line name source=''
    local -a names=() lines renamed=()
    local -A commands=()
    _elves_options=${-//[!ux]/}
    [[ $- != *e* ]] || _elves_errexit=1
    builtin set +eux -f
    builtin shopt -s lastpipe
    builtin compgen -A function | {
        builtin mapfile -t names
        builtin shopt -s extdebug
        builtin declare -F "${names[@]}"
        builtin compgen -b
    } | builtin mapfile -t lines
    for line in "${lines[@]}"; do
        name=${line%% *}
        if [[ $line != *' '* ]]; then
            commands[$line]=1
        elif [[ ${line#* * } == "$_elves_folder/$_elves_entry" && $line != _* ]]; then
            names+=("$name")
            _elves_functions[.$name]=$name
        fi
    done
    for name in "${names[@]}"; do
        [[ ! ${commands[$name]+there} ]] || renamed+=("$name")
    done
    if ((${#renamed[@]})); then
        builtin declare -f "${renamed[@]}" | builtin mapfile lines
        builtin unset -f "${renamed[@]}"
        for name in "${renamed[@]}"; do
            _elves_functions[.$name]=_elves_app_$name
        done
        name=1
        for line in "${lines[@]}"; do
            [[ ! $name ]] || line=_elves_app_$line
            if [[ $line == '}'$'\n' ]]; then name=1; else name=''; fi
            source+=$line
        done
        eval "$source"
    fi
    IFS=,
    _elves_list_of_functions=${names[*]}
    _elves_list_of_functions=${_elves_list_of_functions//,/, }
    line=${names[*]/#/\"}
    line=${line//,/\",}${names:+\"}
    [[ $1 != again ]] || return 0
    source='"type":"ready","protocol":1,"sdk":"elves-shell 1.0.0","language":"shell"'
    _elves_write "{$source,\"functions\":[$line]}"
}

_elves_serve() {
    set +eux
    while _elves_take; do
        case $_elves_type in
            call) _elves_answer ;;
            bye) break ;;
            hello) _elves_refuse 'a second hello' ;;
        esac
    done
    _elves_end 0
}

# elves_try FUNCTION [PARAM]: for tests of an app without a host, in a shell that has sourced this file and the app's.
# Prints the result line as a host would get it; log lines go to standard error.
elves_try() (
    _elves_options=${-//[!ux]/}
    [[ $- != *e* ]] || _elves_errexit=1
    set +eux
    LC_ALL=C
    _elves_pid=$BASHPID _elves_trying=1
    _elves_id='"1"' _elves_name=$1 _elves_param=${2-'{}'} _elves_limit=''
    exec {_elves_out}>&1 {_elves_error}>&2 1>&2
    _elves_scan "$_elves_param" 63 || _elves_end 2 "the parameter is not JSON: $_elves_why"
    _elves_functions[.$1]=$1
    _elves_answer
    _elves_end 0
)

# Sourced, this file is a library.
if [[ ${BASH_SOURCE[0]} == "$0" ]]; then
    LC_ALL=C
    shopt -s lastpipe
    _elves_self=$0 _elves_start=${1-}
    _elves_begin "$_elves_start"
    set --
    # At the top level, so that what the app declares is not local to a function.
    source "$_elves_folder/$_elves_entry"
    _elves_ready "$_elves_start"
    _elves_serve
fi
