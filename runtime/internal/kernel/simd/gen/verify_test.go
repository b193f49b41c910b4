package main

import (
	"testing"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// TestVerifyLevel checks that the generator rejects what a level lacks, and nothing else.
func TestVerifyLevel(t *testing.T) {
	for _, c := range []struct {
		name, want string
		write      func(c *Context)
	}{
		{"fAVX2", "", func(c *Context) { c.VADDPS(reg.Y0, reg.Y1, reg.Y15) }},
		{"fAVX2", `fAVX2: VMOVUPS: register Y16, which level "AVX2" lacks`, func(c *Context) { c.VMOVUPS(reg.Y16, reg.Y1) }},
		{"fAVX2", `fAVX2: VMOVUPS: register X31, which level "AVX2" lacks`, func(c *Context) { c.VMOVUPS(reg.X31, reg.X1) }},
		{"fAVX2", `fAVX2: VADDPS: extension AVX512F, which level "AVX2" lacks`, func(c *Context) { c.VADDPS(reg.Z0, reg.Z1, reg.Z2) }},
		{"fAVX2", `fAVX2: VMOVUPS.Z: extension AVX512F, which level "AVX2" lacks`, func(c *Context) { c.VMOVUPS_Z(reg.Y0, reg.K1, reg.Y1) }},
		{"fAVX2", `fAVX2: KMOVW: extension AVX512F, which level "AVX2" lacks`, func(c *Context) { c.KMOVW(reg.EAX, reg.K1) }},
		{"fAVX2", `fAVX2: VPTERNLOGD: extension AVX512F, which level "AVX2" lacks`, func(c *Context) { c.VPTERNLOGD(U8(1), reg.Y0, reg.Y1, reg.Y2) }},
		{"fAVX2", "", func(c *Context) { c.VCVTPH2PS(reg.X0, reg.Y1) }},
		{"fAVX2", `fAVX2: PEXTQ: extension BMI2, which level "AVX2" lacks`, func(c *Context) { c.PEXTQ(reg.RAX, reg.RCX, reg.RDX) }},
		{"fAVX512", "", func(c *Context) { c.VMOVUPS_Z(reg.Z31, reg.K1, reg.Z1) }},
		{"fAVX512", `fAVX512: VPDPBUSD: extension AVX512VNNI, which level "AVX512" lacks`, func(c *Context) { c.VPDPBUSD(reg.Z0, reg.Z1, reg.Z2) }},
		{"f", "", func(c *Context) { c.MOVUPS(reg.X0, reg.X1) }},
		{"f", `f: VMOVUPS: extension AVX, which level "" lacks`, func(c *Context) { c.VMOVUPS(reg.X0, reg.X1) }},
	} {
		b := NewContext()
		b.Function(c.name)
		b.SignatureExpr("func()")
		c.write(b)
		b.RET()
		f, err := b.Result()
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := pass.Concat(pass.Compile, pass.FunctionPass(verifyLevel)).Execute(f); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}
