#!/usr/bin/env bash
# Writes onnx.pb.go from onnx.proto. The plugin is the one go.mod pins; its
# output, less the two lines that name versions, is the same for every protoc
# that knows proto2, so whoever has another protoc sees no difference.
set -euo pipefail
cd "$(dirname "$0")/../../../.."
bin=$(mktemp -d)
trap 'rm -rf "$bin"' EXIT
go build -o "$bin" google.golang.org/protobuf/cmd/protoc-gen-go
file=convert/onnx/internal/onnxpb/onnx
protoc --plugin="$bin/protoc-gen-go" -I . --go_out=. --go_opt=paths=source_relative "$file.proto"
sed -e '/^\/\/ versions:$/d' -e '/^\/\/ *\tprotoc/d' "$file.pb.go" >"$bin/generated"
cat "$bin/generated" >"$file.pb.go"
