# The attempts that the rows of attempts.json name: each answers "done" or the name of the error.

set -uo pipefail

# Turns what a program or bash itself says into the name of the error.
_answer() {
    case $1 in
        '') result done ;;
        *'Operation not permitted'*) result EPERM ;;
        *'No such file or directory'*) result ENOENT ;;
        *'Permission denied'*) result EACCES ;;
        *'Read-only file system'*) result EROFS ;;
        *'Resource temporarily unavailable'*) result EAGAIN ;;
        *'annot allocate'* | *'memory exhausted'*) result ENOMEM ;;
        *) result "$1" ;;
    esac
}

_try() { _answer "$("$@" 2>&1 >/dev/null)"; }

read() {
    local path
    param path
    _try head -c 1 "$path"
}

write() {
    local path
    param path
    _answer "$({ : >>"$path"; } 2>&1)"
}

list() {
    local path names
    param path
    names=$(ls -A "$path" | LC_ALL=C sort | tr '\n' ' ')
    result "${names% }"
}

through() {
    local path target
    param path
    param target
    ln -s "$target" "$path" || fail "no link"
    _try head -c 1 "$path"
}

chmod() {
    local path mode
    param path
    param mode
    _try command chmod "$mode" "$path"
}

mkdir() {
    local path mode
    param path
    param mode
    _try command mkdir -m "$mode" "$path"
}

plant() {
    local path
    param path
    cp /usr/bin/true "$path" && command chmod 755 "$path" || fail "not written"
    _try "$path"
}

connect() {
    local port
    param port
    _answer "$({ exec 9<>"/dev/tcp/127.0.0.1/$port"; } 2>&1)"
}

kill() {
    local pid
    param pid
    _answer "$({ builtin kill -KILL -- "$pid"; } 2>&1)"
}

# bash tries again for a while when it can start no more, so what it says is read meanwhile.
processes() {
    local line
    exec 8< <(while :; do sleep 100 & done 2>&1)
    while builtin read -r line <&8; do
        [[ $line == *'Resource temporarily unavailable'* ]] && break
    done
    _answer "$line"
}

memory() { _answer "$(eval 'part=xxxxxxxxxxxxxxxx; while :; do part+=$part; done' 2>&1)"; }

# Files that are open, and what the kernel shows of the process.
search() {
    local text place
    param text
    for place in "/proc/$$/environ" "/proc/$$/cmdline" /proc/$$/fd/*; do
        # A pipe would be waited for.
        [[ $place == */fd/* && ! -f $place ]] && continue
        if grep -qaF -- "$text" "$place" 2>/dev/null; then
            result "found in $place"
            return
        fi
    done
    result nowhere
}

substitute() {
    local line
    builtin read -r line < <(printf 'done\n')
    result "$line"
}

program() {
    local names name
    param_list names
    for name in "${names[@]}"; do
        if type -P "$name" >/dev/null; then
            result "$name is there"
            return
        fi
    done
    result ENOENT
}
