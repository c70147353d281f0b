#!/bin/sh
# Builds bin/{{name}}.exe; elves runs this before it tests, calls or packs the app. Libraries: append -r:System.Xml.Linq.
set -eu
cd "$(dirname "$0")"
exec "${ELVES_SDK:?elves sets it to the folder of the SDKs}/csharp/compile" {{name}}
