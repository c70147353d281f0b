#!/bin/sh
# Builds the tests of the SDK and runs them.
set -eu
cd "$(dirname "$0")"
mkdir -p bin
mcs -debug -warnaserror -main:Elves.Tests.TestProgram -out:bin/tests.exe ./*.cs ../src/*.cs
exec mono --debug bin/tests.exe
