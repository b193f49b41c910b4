#!/usr/bin/env bash
# Writes the assembly and its Go declarations into a folder (default: here).
set -euo pipefail
to=$(realpath "${1:-$(dirname "$0")}")
cd "$(dirname "$0")/gen"
program=$(mktemp)
trap 'rm -f "$program"' EXIT
go build -o "$program" .
for family in $("$program"); do
	(cd "$to" && "$program" -family "$family" -pkg simd -out "${family}_asm_amd64.s" -stubs "${family}_asm_amd64.go")
done
for family in $("$program" -arch arm64); do
	(cd "$to" && "$program" -arch arm64 -family "$family" -pkg simd -out "${family}_asm_arm64.s" -stubs "${family}_asm_arm64.go")
done
