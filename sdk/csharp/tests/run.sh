#!/bin/sh
# Builds the tests of the SDK and its example, and runs the tests.
set -eu
cd "$(dirname "$0")"
mkdir -p bin
mcs -debug -warnaserror -main:Elves.Tests.TestProgram -out:bin/tests.exe ./*.cs ../src/*.cs
mcs -warnaserror -main:ProcessorExample -out:bin/example.exe ../examples/*.cs ../src/*.cs
exec mono --debug bin/tests.exe
