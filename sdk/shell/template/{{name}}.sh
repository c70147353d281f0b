# The functions of {{name}}. One whose name begins with _ is private to this file.

set -euo pipefail

# Greets somebody by name.
greet() {
    local name
    param name
    log "greeting $name"
    result "Hello, $name!"
}

# Answers the largest files of a folder as a list, the largest first.
largest() {
    local folder count files
    param folder /usr/bin
    param count 3
    [[ -d $folder ]] || bad_param "$folder is no folder"
    files=$(find "$folder" -maxdepth 1 -type f -printf '%s\t%f\n' | sort -rn | _first "$count")
    result_json "$(jq -Rnc '[inputs | select(. != "") | split("\t") | {name: .[1], bytes: (.[0] | tonumber)}]' <<<"$files")"
}

# The first lines of what comes in, all of which is read: `head` would end `sort` with a signal.
_first() { sed -n "1,$1p"; }
