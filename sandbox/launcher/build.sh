#!/bin/sh
# Builds the launcher: build.sh OUT
#   CC=...      the C compiler (default: clang, or gcc where there is no clang)
#   SANITIZE=1  dynamic, with address and undefined behaviour sanitizers
set -eu
if [ $# -ne 1 ]; then
    echo "usage: build.sh OUT" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${CC:-}" ]; then
    if command -v clang >/dev/null 2>&1; then CC=clang; else CC=gcc; fi
fi
flags="-std=gnu11 -Wall -Wextra -Werror"
if [ "${SANITIZE:-0}" = 1 ]; then
    # The address sanitizer cannot be linked statically.
    flags="$flags -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all"
else
    # Static: nothing to relocate, and no library to be missing or replaced.
    flags="$flags -O2 -static"
fi
# shellcheck disable=SC2086 # CC and flags are lists of words
exec $CC $flags -o "$1" "$here"/*.c
