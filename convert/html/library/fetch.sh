#!/usr/bin/env bash
# Fetches the plotting library from npm, in the versions that package-lock.json pins and with the digests it states, into
# the folder named, or beside this script.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
to=$(cd "${1:-$here}" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cp "$here/package.json" "$here/package-lock.json" "$tmp"
(cd "$tmp" && npm ci --ignore-scripts --no-audit --no-fund)
cp "$tmp/node_modules/d3/dist/d3.min.js" "$to/d3.min.js"
cp "$tmp/node_modules/d3/LICENSE" "$to/LICENSE-d3"
cp "$tmp/node_modules/@observablehq/plot/dist/plot.umd.min.js" "$to/plot.umd.min.js"
cp "$tmp/node_modules/@observablehq/plot/LICENSE" "$to/LICENSE-plot"
