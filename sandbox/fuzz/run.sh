#!/bin/sh
# Fuzzes the reader of plans: run.sh SECONDS [SEED]. Needs a clang with libFuzzer, such as Swift's.
# Exit code 0: nothing found; 3: no such clang; else the input that broke it is kept in the current folder, as
# plan-crash-…
set -eu
seconds=${1:?usage: run.sh SECONDS [SEED]}
seed=${2:-1}
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
flags="-std=gnu11 -g -O1 -fuse-ld=bfd -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all"

cat >"$scratch/try.c" <<'END'
int LLVMFuzzerTestOneInput(const unsigned char *data, unsigned long size) { return data && size ? 0 : 0; }
END
# shellcheck disable=SC2086 # flags is a list of words
if ! clang $flags -o "$scratch/try" "$scratch/try.c" 2>/dev/null; then
    echo "no clang with libFuzzer" >&2
    exit 3
fi
# shellcheck disable=SC2086
clang $flags -Wall -Wextra -Werror -o "$scratch/plan" "$here/plan.c" "$here/../launcher/report.c"
mkdir "$scratch/found"
"$scratch/plan" -seed="$seed" -max_total_time="$seconds" -max_len=66000 -timeout=10 -dict="$here/plan.dict" \
    -artifact_prefix=plan- -print_final_stats=1 -verbosity=0 "$scratch/found" "$here/corpus"
