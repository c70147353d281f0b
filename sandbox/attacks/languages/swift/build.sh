#!/bin/sh
set -eu
cd "$(dirname "$0")"
swift build -c release --static-swift-stdlib -Xlinker -s
mkdir -p bin
cp .build/release/worker bin/attack
