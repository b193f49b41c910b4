package saliency

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
)

// The scales of a convolution that nothing but its BatchNormalization reads order its channels.
func TestBatchNormOrdersByGamma(t *testing.T) {
	// The expansions of a MobileNetV2 have a second one, behind the depthwise convolution.
	for name, groups := range map[string]int{"resnet20_bn": 9, "mobilenetv2_bn": 1} {
		in := fixture(t, name)
		seen := 0
		for _, g := range in.Analysis.Groups {
			have, err := scoreBatchNorm(t.Context(), in, g)
			if err != nil {
				t.Fatal(err)
			}
			var behind []*graph.Node
			for _, n := range in.Original.Graph.Nodes {
				if n.Op == "BatchNormalization" && slices.ContainsFunc(g.Members, func(m group.Member) bool { return m.Value.Name == n.In(0).Name }) {
					behind = append(behind, n)
				}
			}
			if len(behind) != 1 {
				continue
			}
			seen++
			for u, gamma := range graph.Data[float32](behind[0].In(1).Const) {
				if have[u] != math.Abs(float64(gamma)) {
					t.Errorf("%s, group %s, unit %d: have %g, want %g", name, g.Name, u, have[u], gamma)
				}
			}
		}
		if seen < groups {
			t.Errorf("%s: %d groups with one BatchNormalization", name, seen)
		}
	}
}

const normalised = `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,1,2,2] x) => (float[N,2,2,2] y)
<float[3,1,1,1] w = {1, 2, 3}, float[3] b = {0, 1, 0}, float[3] m = {0, 0, 1}, float[3] s = {1, 1, 4},
 float[2,3,1,1] v = {3, 0, 0, 4, 1, 2}, float[2,2,1,1] u = {1, 0, 0, 1}>
{
   gamma = Constant <value = float[3] {0.5, -2, 1}> ()
   same = Identity(gamma)
   h = Conv(x, w)
   BATCHNORM
   r = Relu(n)
   z = Conv(r, v)
   p = Relu(z)
   y = Conv(p, u)
}`

func TestBatchNormOfGroupsWithAndWithout(t *testing.T) {
	for name, text := range map[string]string{
		"folded":   strings.Replace(normalised, "BATCHNORM", "n = BatchNormalization(h, same, b, m, s)", 1),
		"it stays": strings.Replace(normalised, "BATCHNORM", "k = Relu(h)  n = BatchNormalization(k, same, b, m, s)", 1),
	} {
		in := parsed(t, text)
		if len(in.Analysis.Groups) != 2 {
			t.Fatalf("%s: groups %+v", name, in.Analysis.Groups)
		}
		for _, g := range in.Analysis.Groups {
			have, err := scoreBatchNorm(t.Context(), in, g)
			if err != nil {
				t.Fatal(err)
			}
			want := []float64{0.5, 2, 1}
			if g.Units == 2 { // no scales: the norms of (3, 0, 0) and (4, 1, 2), and of the columns of u
				want = []float64{(3 + 1) / 2., (math.Sqrt(21) + 1) / 2}
			}
			if !slices.EqualFunc(have, want, func(a, b float64) bool { return math.Abs(a-b) < 1e-12 }) {
				t.Errorf("%s: have %v, want %v", name, have, want)
			}
		}
	}
}

func TestBatchNormWithoutAnySaysWhy(t *testing.T) {
	in := parsed(t, strings.Replace(normalised, "BATCHNORM", "n = Relu(h)", 1))
	c, _ := Lookup("batchnorm")
	if _, err := Scores(t.Context(), c, in); err == nil || !strings.Contains(err.Error(), "has no BatchNormalization") || !strings.Contains(err.Error(), "use l2") {
		t.Errorf("have %v", err)
	}
	in.Original = nil
	if _, err := Scores(t.Context(), c, in); err == nil || !strings.Contains(err.Error(), "as it was read") {
		t.Errorf("have %v", err)
	}
}
