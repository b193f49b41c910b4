package main

import "github.com/pollard-dev/pollard/runtime/kernel/simd/gen/arm64"

func (m *neon) pool(p pooling) {}

func (m *neon) sumRows() {}

var _ arm64.Register
