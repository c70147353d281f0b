#!/bin/sh
# Builds the worker: bin/{{name}}, with Swift's libraries inside, so that hosts need none.
set -eu
cd "$(dirname "$0")"
swift build -c release --static-swift-stdlib -Xlinker -s
# Put in place by a rename: a running worker keeps the file it was started from.
mkdir -p bin
cp .build/release/worker bin/{{name}}.new
mv bin/{{name}}.new bin/{{name}}
