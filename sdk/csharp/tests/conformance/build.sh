#!/bin/sh
# Builds bin/conformance.exe from the app and the SDK.
set -eu
cd "$(dirname "$0")"
exec ../../compile conformance -warnaserror
