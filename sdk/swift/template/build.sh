#!/bin/sh
# Builds the worker: bin/{{name}}, with Swift's libraries inside, so that hosts need none.
set -eu
cd "$(dirname "$0")"
# What Swift keeps names the folder it was built in: after a move or a copy it is of no use.
[ "$(cat .build/folder 2>/dev/null)" = "$PWD" ] || rm -rf .build
mkdir -p .build
pwd > .build/folder
swift build -c release --static-swift-stdlib -Xlinker -s
# Put in place by a rename: a running worker keeps the file it was started from.
mkdir -p bin
cp .build/release/worker bin/{{name}}.new
mv bin/{{name}}.new bin/{{name}}
