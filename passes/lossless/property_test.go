package lossless_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/lossless"
)

// Random small networks full of zeroes, equal rows and multiples of rows: whatever goes, outputs stay, and so
// does what goes when it is asked again.
func TestOutputsStayWhateverGoes(t *testing.T) {
	acts := []string{"Relu", "Sigmoid", "Identity", "HardSwish", "LeakyRelu", "Abs", "Clip", "Tanh", "HardSigmoid", "Neg"}
	went := 0
	rapid.Check(t, func(rt *rapid.T) {
		act := func(name string) string { return rapid.SampledFrom(acts).Draw(rt, name) }
		pad := func(name string) int { return rapid.IntRange(0, 1).Draw(rt, name) }
		p, q := pad("p"), pad("q")
		size := 6 + 2*p - 2
		join := rapid.SampledFrom([]string{"Add(c, d)", "Mul(c, d)", "Max(c, d)", "Sub(d, c)", "Identity(d)"}).Draw(rt, "join")
		text := fmt.Sprintf(`net (float[N,2,6,6] x, float[6,2,3,3] w_1, float[6] w_b1, float[6,1,3,3] w_d, float[6] w_bd, float[6,6,1,1] w_2, float[6] w_b2, float[6,1,1] w_k, float[3,6,3,3] w_3) => (float[N,3,%d,%d] y)
{ a = Conv<pads = [%[3]d, %[3]d, %[3]d, %[3]d]>(x, w_1, w_b1)  c = %[4]s(a)
  b = Conv<group = 6, pads = [1, 1, 1, 1]>(c, w_d, w_bd)  e = %[5]s(b)  f = Conv(e, w_2, w_b2)  g = Mul(f, w_k)  d = %[6]s(g)
  s = %[7]s  z = %[8]s(s)  y = Conv<pads = [%[9]d, %[9]d, %[9]d, %[9]d]>(z, w_3) }`,
			size+2*q-2, size+2*q-2, p, act("1"), act("2"), act("3"), join, act("4"), q)
		var plants []plant
		for _, w := range []string{"w_1", "w_b1", "w_d", "w_bd", "w_2", "w_b2", "w_k"} {
			for i := range 6 {
				switch what := rapid.IntRange(0, 4).Draw(rt, w); what {
				case 0:
					plants = append(plants, fill(w, 0, i, float32(rapid.IntRange(-1, 1).Draw(rt, "value"))))
				case 1, 2:
					k := rapid.SampledFrom([]float32{1, 2, -1, 0.3}).Draw(rt, "factor")
					plants = append(plants, same(w, 0, i, rapid.IntRange(0, 5).Draw(rt, "of"), k))
				}
			}
		}
		for i := 1; i < 6; i++ { // whole units, so that they are equal wherever they are read
			j := rapid.IntRange(0, i-1).Draw(rt, "unit")
			switch rapid.IntRange(0, 5).Draw(rt, "whole") {
			case 0:
				for _, w := range []string{"w_1", "w_b1", "w_d", "w_bd", "w_2", "w_b2", "w_k"} {
					plants = append(plants, same(w, 0, i, j, 1))
				}
			case 1: // through one Relu at least, a positive factor may pass
				for _, w := range []string{"w_1", "w_b1", "w_bd", "w_2", "w_b2"} {
					plants = append(plants, same(w, 0, i, j, 2))
				}
				plants = append(plants, same("w_d", 0, i, j, 1), same("w_k", 0, i, j, 1))
			case 2:
				for _, w := range []string{"w_1", "w_b1", "w_d", "w_bd", "w_2", "w_b2"} {
					plants = append(plants, fill(w, 0, i, 0))
				}
			}
		}
		have, m := reduce(t, model(t, text, plants...))
		for _, n := range have {
			went += n
		}
		if again, _ := reduce(t, m); len(again) > 0 {
			rt.Fatalf("more went the second time: %v", again)
		}
		if t.Failed() {
			rt.Fatalf("outputs moved: %v\n%s", have, text)
		}
	})
	if least := map[bool]int{true: 10, false: 50}[testing.Short()]; went < least { // -short draws few networks
		t.Errorf("%d units went in all: the networks are no test", went)
	}
	t.Logf("%d units went", went)
}

// The same model gives the same result, whatever order maps have.
func TestSameModelSameResult(t *testing.T) {
	text := chain("Identity", false)
	plants := []plant{combined("w_1", 0, 5, 1, 2), same("w_1", 0, 6, 0, 0.3), fill("w_1", 0, 3, 0)}
	var first []byte
	for range 5 {
		found, m := reduce(t, model(t, text, plants...))
		if found[lossless.Constant] != 1 {
			t.Errorf("found %v", found)
		}
		var raw []byte
		for _, v := range m.Graph.Values() {
			if v.Const != nil && v.Const.DType() == graph.Float32 {
				raw = append(raw, v.Const.Raw()...)
			}
		}
		if first == nil {
			first = raw
		}
		if !slices.Equal(first, raw) {
			t.Fatal("weights differ from run to run")
		}
	}
}
