#!/bin/sh
# Builds the launcher and, beside it, the probe: build.sh OUT makes OUT and OUT-probe.
#   CC=...      the C compiler (default: clang, or gcc where there is no clang)
#   SANITIZE=1  dynamic, with address and undefined behaviour sanitizers
#   LAB=1       for tests only: plans may leave a layer out, see lab/lab.c
set -eu
if [ $# -ne 1 ]; then
    echo "usage: build.sh OUT" >&2
    exit 2
fi
here=$(cd "$(dirname "$0")" && pwd)
if [ -z "${CC:-}" ]; then
    if command -v clang >/dev/null 2>&1; then CC=clang; else CC=gcc; fi
fi
flags="-std=gnu11 -Wall -Wextra -Werror -Wconversion -Wshadow -Wvla -Wformat=2 -Wstrict-prototypes -Wundef
       -Wmissing-prototypes -Wcast-qual -Wpointer-arith -Wwrite-strings -fstack-protector-strong"
if [ "${SANITIZE:-0}" = 1 ]; then
    # The address sanitizer cannot be linked statically.
    flags="$flags -O1 -g -fno-omit-frame-pointer -fuse-ld=bfd
           -fsanitize=address,undefined -fno-sanitize-recover=all"
else
    # Static: nothing to relocate, and no library to be missing or replaced.
    flags="$flags -O2 -D_FORTIFY_SOURCE=2 -static"
fi
lab=""
if [ "${LAB:-0}" = 1 ]; then lab="-DLAB $here/../lab/lab.c"; fi
# shellcheck disable=SC2086 # CC, flags and lab are lists of words
{
    $CC $flags $lab -o "$1" "$here"/*.c
    $CC $flags -o "$1-probe" "$here"/../probe/*.c
}
