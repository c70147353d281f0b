#!/bin/sh
set -eu
cd "$(dirname "$0")"
exec "${ELVES_SDK:?the folder of the SDKs}/csharp/compile" attack
