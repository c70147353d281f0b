# Reads and edits /etc/hosts and files like it. Lines that a change is not about stay as they are, byte by byte.

# No globbing, so that a text may be split into words.
set -feuo pipefail

# Where a backup goes when the folder of the file is not ours to write, as with /etc/hosts alone.
_backups=${ELVES_HOSTS_BACKUPS-/var/backups/elves-hosts}
# A hosts file is small. One that is not is something else.
_largest=1048576

show() {
    local file text entries='' invalid='' number=0 line names
    local -a lines
    _open
    for line in "${lines[@]}"; do
        number=$((number + 1))
        if _entry "$line"; then
            _list "${words[@]:1}"
            names=$REPLY
            json_string "${words[0]}"
            entries+=",{\"line\":$number,\"address\":$REPLY,\"names\":$names"
            if [[ $comment ]]; then
                json_string "$comment"
                entries+=",\"comment\":$REPLY"
            fi
            entries+=\}
        elif [[ $problem ]]; then
            json_string "$line"
            invalid+=",{\"line\":$number,\"text\":$REPLY"
            json_string "$problem"
            invalid+=",\"problem\":$REPLY}"
        fi
    done
    json_string "$file"
    result_json "{\"file\":$REPLY,\"entries\":[${entries#,}],\"invalid\":[${invalid#,}]}"
}

diff() {
    local file text line name missing='' conflicting='' mark same=true
    local -a lines wanted
    local -A has=() address_of=()
    param_list wanted
    _open
    for line in "${lines[@]}"; do
        _entry "$line" || continue
        for name in "${words[@]:1}"; do
            name=${name,,}
            has["${words[0],,} $name"]=1
            _mark "${words[0]}"
            address_of["$mark $name"]=${words[0],,}
        done
    done
    for line in "${wanted[@]}"; do
        if ! _entry "$line"; then bad_param "\"$line\" is no wanted line: ${problem:-it has no address}"; fi
        for name in "${words[@]:1}"; do
            name=${name,,}
            [[ ! ${has["${words[0],,} $name"]+there} ]] || continue
            same=false
            _mark "${words[0]}"
            json_string "${words[0]} $name"
            if [[ ${address_of["$mark $name"]+there} ]]; then
                line=$REPLY
                json_string "${address_of["$mark $name"]}"
                conflicting+=",{\"wanted\":$line,\"address\":$REPLY}"
            else
                missing+=,$REPLY
            fi
        done
    done
    result_json "{\"same\":$same,\"missing\":[${missing#,}],\"conflicting\":[${conflicting#,}]}"
}

set() {
    local file text name address line out='' found='' kept kind mark
    local -a lines
    param name
    param address
    _is_name "$name" || bad_param "\"$name\" is no host name"
    _is_address "$address" || bad_param "\"$address\" is no IPv4 or IPv6 address"
    _mark "$address"
    kind=$mark
    _open
    for line in "${lines[@]}"; do
        if _entry "$line" && _has_name && _mark "${words[0]}" && [[ $mark == "$kind" ]]; then
            if [[ ${words[0],,} == "${address,,}" && ! $found ]]; then
                found=1
            elif [[ ${#words[@]} == 2 && ! $found ]]; then
                # The name's own line gets the other address and keeps its place, its spaces and its comment.
                kept=${line%%"${words[0]}"*}
                line=$kept$address${line#"$kept${words[0]}"}
                found=1
            else
                _without_name || continue
            fi
        fi
        out+=$line$'\n'
    done
    [[ $found ]] || out+=$address$'\t'$name$'\n'
    _write
}

remove() {
    local file text name address line out=''
    local -a lines
    param name
    param address ''
    _is_name "$name" || bad_param "\"$name\" is no host name"
    if [[ $address ]] && ! _is_address "$address"; then bad_param "\"$address\" is no IPv4 or IPv6 address"; fi
    _open
    for line in "${lines[@]}"; do
        if _entry "$line" && _has_name && [[ ! $address || ${words[0],,} == "${address,,}" ]]; then
            _without_name || continue
        fi
        out+=$line$'\n'
    done
    _write
}

restore() {
    local file text out backup
    local -a lines
    _open
    _backup_of "$file"
    backup=$REPLY
    [[ -f $backup ]] || fail "there is no backup of $file yet: $backup"
    _read "$backup"
    out=$REPLY
    _write
}

# Sets file, text and lines of the caller from the parameter.
_open() {
    param file /etc/hosts
    case $file in
        /*) ;;
        *) bad_param "the file $file is no path from the root" ;;
    esac
    case /$file/ in
        */../* | */./*) bad_param "the file $file goes through . or .." ;;
    esac
    [[ ! -L $file ]] || fail "$file is a link; name the file that it leads to"
    [[ -f $file ]] || fail "$file is not there, or the app was not given it: grant write:$file"
    _read "$file"
    text=$REPLY
    lines=()
    [[ ! $text ]] || mapfile -t lines <<<"${text%$'\n'}"
}

# Sets REPLY to the contents of a file.
_read() {
    [[ -r $1 ]] || fail "$1 cannot be read"
    (($(stat -c %s -- "$1") <= _largest)) || fail "$1 is larger than $_largest bytes, which no hosts file is"
    # It ends at a NUL, with success.
    if IFS= read -r -d '' REPLY <"$1"; then fail "$1 holds a NUL, so it is no hosts file"; fi
}

# Splits a line into `words` (the address and its names) and `comment`. Fails for a line that is no entry; `problem` is
# then empty if it is allowed all the same: blank, or a comment alone.
_entry() {
    local word IFS=$' \t'
    problem='' comment=''
    [[ $1 != *\#* ]] || comment=${1#*\#}
    comment=${comment#"${comment%%[! $'\t']*}"}
    words=(${1%%\#*})
    ((${#words[@]})) || return 1
    if ! _is_address "${words[0]}"; then
        problem="\"${words[0]}\" is no IPv4 or IPv6 address"
        return 1
    fi
    if ((${#words[@]} < 2)); then
        problem='there is no name after the address'
        return 1
    fi
    for word in "${words[@]:1}"; do
        if ! _is_name "$word"; then
            problem="\"$word\" is no host name"
            return 1
        fi
    done
}

# Whether the entry has the name that the caller is about.
_has_name() {
    local word
    for word in "${words[@]:1}"; do
        [[ ${word,,} != "${name,,}" ]] || return 0
    done
    return 1
}

# Takes the name out of the entry's line; fails when no name is left, and the line goes.
_without_name() {
    local word rest=''
    for word in "${words[@]:1}"; do
        [[ ${word,,} == "${name,,}" ]] || rest+=" $word"
    done
    [[ $rest ]] || return 1
    line=${words[0]}$'\t'${rest# }${comment:+ # $comment}
}

_is_name() {
    local label='[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?'
    ((${#1} <= 253)) && [[ $1 =~ ^$label(\.$label)*\.?$ ]]
}

_is_address() {
    local part='(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])'
    local four="$part\.$part\.$part\.$part" address=$1 groups
    [[ ! $address =~ ^$four$ ]] || return 0
    # IPv6: at most eight groups, one gap, perhaps a zone, perhaps an IPv4 address as the last two groups.
    [[ $address == *:* ]] || return 1
    if [[ $address == *%* ]]; then
        [[ ${address#*%} =~ ^[A-Za-z0-9._-]+$ ]] || return 1
        address=${address%%%*}
    fi
    if [[ $address =~ :$four$ ]]; then address=${address%:*}:0:0; fi
    [[ $address =~ ^[0-9A-Fa-f:]+$ && $address != *:::* ]] || return 1
    [[ ! $address =~ [0-9A-Fa-f]{5} ]] || return 1
    if [[ $address == *::* ]]; then
        [[ ${address#*::} != *::* ]] || return 1
        groups=${address//[!:]/}
        [[ ${address/::/} != :* && ${address/::/} != *: ]] || return 1
        ((${#groups} <= 8)) && [[ ${#groups} -lt 8 || $address == ::* || $address == *:: ]]
    else
        groups=${address//[!:]/}
        ((${#groups} == 7)) && [[ $address != :* && $address != *: ]]
    fi
}

# Sets mark to the kind of an address, 4 or 6.
_mark() {
    mark=4
    [[ $1 != *:* ]] || mark=6
}

# Sets REPLY to a JSON list of texts.
_list() {
    local word list=''
    for word in "$@"; do
        json_string "$word"
        list+=,$REPLY
    done
    REPLY="[${list#,}]"
}

# Sets REPLY to where the backup of a file is.
_backup_of() {
    REPLY=$_backups/${1//\//%}
    [[ ! -w ${1%/*}/ ]] || REPLY=$1.elves-backup
}

# Makes `file` hold `out` and answers whether that was a change. The backup is complete before the file is touched.
_write() {
    local backup new
    if [[ $out == "$text" ]]; then
        result_json '{"changed":false}'
        return
    fi
    _backup_of "$file"
    backup=$REPLY
    [[ -w ${backup%/*}/ ]] ||
        fail "there is no place for a backup: grant write:$_backups, or write on the folder of $file"
    [[ -w $file ]] || fail "$file cannot be written"
    printf %s "$text" >"$backup.new"
    sync -- "$backup.new"
    new=${backup%/*}/.elves-hosts-new
    printf %s "$out" >"$new"
    chmod --reference="$file" -- "$new"
    sync -- "$new"
    mv -f -- "$backup.new" "$backup"
    # A file that was granted alone is a mount of its own, which no rename replaces. It is then written in place: all of
    # it in one go over what is there, and the rest cut off, so that it is at no time empty.
    if [[ ${new%/*} != "${file%/*}" ]] || ! mv -f -- "$new" "$file" 2>/dev/null; then
        dd if="$new" of="$file" bs="$_largest" conv=notrunc,fsync status=none
        truncate -s "$(stat -c %s -- "$new")" -- "$file"
        rm -f -- "$new"
    fi
    log "$file changed, backup in $backup"
    json_string "$backup"
    result_json "{\"changed\":true,\"backup\":$REPLY}"
}
