#!/bin/sh
# Builds bin/conformance.exe from the app and the SDK's sources.
set -eu
cd "$(dirname "$0")"
mkdir -p bin
mcs -warnaserror -out:bin/conformance.exe ./*.cs ../../src/*.cs
