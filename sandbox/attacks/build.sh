#!/bin/sh
# Builds the attacks that are written in C: build.sh FOLDER
#   CC=...   the C compiler (default: clang, or gcc where there is no clang)
# Static, so that inside of a sandbox they need nothing but themselves.
set -eu
if [ $# -ne 1 ]; then
    echo "usage: build.sh FOLDER" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${CC:-}" ]; then
    if command -v clang >/dev/null 2>&1; then CC=clang; else CC=gcc; fi
fi
for source in "$here"/c/*.c; do
    $CC -std=gnu11 -O1 -Wall -Wextra -Werror -static -pthread -o "$1/$(basename "$source" .c)" "$source"
done
