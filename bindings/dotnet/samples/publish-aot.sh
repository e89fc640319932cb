#!/usr/bin/env bash
# Publishes the console sample as native code, and runs it. Needs nuget.org (the ILCompiler package of this machine's RID)
# and a C linker; `cargo build --release -p laneway-ffi` first, or LANEWAY_NATIVE_LIBRARY naming the library.
set -euo pipefail
cd "$(dirname "$0")"

library=${LANEWAY_NATIVE_LIBRARY:-${CARGO_TARGET_DIR:-../../../target}/release/liblaneway.so}
if [ ! -e "$library" ]; then
    echo "publish-aot.sh: $library is not there; build it with \`cargo build --release -p laneway-ffi\`" >&2
    exit 1
fi

case "$(uname -m)" in
aarch64 | arm64) rid=linux-arm64 ;;
*) rid=linux-x64 ;;
esac
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT

# Warnings of the trimming and AOT analyses are errors here as everywhere.
if ! output=$(dotnet publish Laneway.Samples.Console -c Release -r "$rid" -p:PublishAot=true -m:1 -o "$out" -nologo 2>&1); then
    case "$output" in
    *"NU1101: Unable to find package "*ILCompiler*)
        echo "publish-aot.sh: cannot run here: no NuGet source has the native compiler of .NET (runtime.$rid.Microsoft.DotNet.ILCompiler)" >&2
        ;;
    *) echo "$output" >&2 ;;
    esac
    exit 1
fi
cp "$library" "$out/"

# Without arguments it prints its usage and exits with 2. With a plugin folder that does not exist it has loaded the library
# by the time it reports that, naming plugins.json.
status=0
"$out/Laneway.Samples.Console" 2>/dev/null || status=$?
[ "$status" = 2 ] || { echo "publish-aot.sh: ended with $status, not with 2" >&2; exit 1; }
output=$(env -u LANEWAY_NATIVE_LIBRARY "$out/Laneway.Samples.Console" Host=127.0.0.1 "$out/nothing" "$out/nothing" 2>&1) && status=0 || status=$?
[ "$status" = 1 ] && [[ $output == *plugins.json* ]] || { echo "publish-aot.sh: ended with $status: $output" >&2; exit 1; }
ls -l "$out/Laneway.Samples.Console"
echo "published and run: $rid"
