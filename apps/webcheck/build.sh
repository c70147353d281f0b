#!/bin/sh
# Builds bin/webcheck.exe from the app and the SDK.
set -eu
cd "$(dirname "$0")"
exec "${ELVES_SDK:-../../sdk}/csharp/compile" webcheck -warnaserror
