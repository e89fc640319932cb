#!/usr/bin/env bash
# Writes down the public API of both packages as it is now (PublicAPI.Unshipped.txt), for a change that is meant to change
# it: the build fails when API and file differ. A release moves the lines to PublicAPI.Shipped.txt.
set -euo pipefail
cd "$(dirname "$0")"

for package in Laneway Laneway.Extensions.Hosting; do
    file=src/$package/PublicAPI.Unshipped.txt
    echo '#nullable enable' >"$file"
    output=$(dotnet build "src/$package" -f net10.0 -m:1 --disable-build-servers --no-incremental -nologo \
        -p:TreatWarningsAsErrors=false)
    grep "/src/$package/" <<<"$output" | sed -n "s/.*warning RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" |
        LC_ALL=C sort -u >>"$file"
    wc -l "$file"
done
