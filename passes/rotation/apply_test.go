package rotation_test

import (
	"bytes"
	"fmt"
	goruntime "runtime"
	"testing"

	"github.com/pollard-dev/pollard/passes/rotation"
	"github.com/pollard-dev/pollard/passes/statistics"
)

func chain(units int) string {
	return fmt.Sprintf(`net (float[N,6] x, float[6,%d] wa, float[%d,3] wo, float[3,2] wp) => (float[N,2] y)
{
	a = MatMul(x, wa)
	b = MatMul(a, wo)
	c = Relu(b)
	y = MatMul(c, wp)
}`, units, units)
}

// A basis takes the cube of its units to find: none is looked for, nor statistics asked for, over a bound.
func TestLargeGroupsStay(t *testing.T) {
	for units, want := range map[int]int{rotation.MaxUnits: 1, rotation.MaxUnits + 1: 0} {
		m := network(t, chain(units))
		if r := rotation.Wants(analyse(t, m), m); len(r.Grams) != want || len(r.Axes) != 0 {
			t.Errorf("%d units: %d Gram matrices and %d moments are wanted, want %d and none", units, len(r.Grams), len(r.Axes), want)
		}
	}
}

// Without statistics, or with some that say nothing, all stays as it is.
func TestWithoutStatisticsAllStays(t *testing.T) {
	m := network(t, chain(5))
	a := analyse(t, m)
	x := inputs(m, 1, 4, 1)
	before := outputs(t, m, x)
	silent := collect(t, m, rotation.Wants(a, m), x)
	for _, s := range []*statistics.Set{nil, {}, silent} {
		if s == silent {
			g := s.Gram(rotation.Wants(a, m).Grams[0])
			clear(g.Products[0])
			clear(g.Sums[0])
		}
		if list := rotation.Apply(a, s); list != nil {
			t.Errorf("rotated %v", list)
		}
	}
	if d := apart(outputs(t, m, x), before); d != 0 {
		t.Errorf("outputs are %g apart", d)
	}
}

func TestRotationsSayWhatTheyAre(t *testing.T) {
	m := network(t, chain(5))
	a := analyse(t, m)
	list := rotation.Apply(a, collect(t, m, rotation.Wants(a, m), inputs(m, 1, 40, 1)))
	if want := (rotation.Rotation{Group: a.Groups[0].Name, Kind: "stream", Blocks: 1}); len(list) != 1 || list[0] != want {
		t.Errorf("have %v, want %v", list, want)
	}
}

// The same input gives the same bytes, whatever the threads.
func TestThreadsMakeNoDifference(t *testing.T) {
	run := func(threads int) []byte {
		defer goruntime.GOMAXPROCS(goruntime.GOMAXPROCS(threads))
		m := network(t, chain(200))
		a := analyse(t, m)
		if list := rotation.Apply(a, collect(t, m, rotation.Wants(a, m), inputs(m, 1, 300, 1))); len(list) != 1 {
			t.Fatal(list)
		}
		return append(m.Graph.Value("wa").Const.Raw(), m.Graph.Value("wo").Const.Raw()...)
	}
	if !bytes.Equal(run(1), run(4)) {
		t.Error("other weights on four threads than on one")
	}
}
