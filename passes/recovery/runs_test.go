package recovery

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/passes/group"
)

// Adjacent positions of an input axis are one channel's where all of its channels have as many: behind a Flatten a plane. Behind
// two of them, one after the other, with planes of different sizes there are no such positions.
func TestRunsArePlanesOfOneSize(t *testing.T) {
	const head = `<ir_version: 8, opset_import: ["" : 13]>
net (float[N,3,4,4] x, float[4,3,1,1] w_1, float[4,3,3,3] w_2, float[80,5] w_3, float[128,5] w_4, float[8,3,1,1] w_5, float[16,5] w_6, float[4,5] w_7, float[68,5] w_8) => (float[N,5] y)
{ `
	runs := map[int]int{}
	for _, c := range []struct {
		nodes string
		want  int
	}{
		{"a = Conv(x, w_5) f = Flatten(a) y = MatMul(f, w_4)", 16},
		{"a = Conv(x, w_1) f = Flatten(a) m = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(a) g = Flatten(m) h = Concat<axis = 1>(f, g) y = MatMul(h, w_3)", 1},
		{"a = Conv(x, w_1) f = Flatten(a) m = GlobalAveragePool(a) g = Flatten(m) h = Concat<axis = 1>(f, g) y = MatMul(h, w_8)", 1},
		{"b = Conv(x, w_2) g = Flatten(b) y = MatMul(g, w_6)", 4},
		{"a = Conv(x, w_1) m = GlobalAveragePool(a) f = Flatten(m) y = MatMul(f, w_7)", 1},
	} {
		in := halved(t, weighted(t, head+c.nodes+` }`))
		in.Feeds = feedsOf(in.Original, 1, 3, 1)
		eachProblem(t, in, way{columns: maxColumns}, func(p *problem, g int, _, _ rows) {
			if p.Node.Title() != "y" {
				return
			}
			have := p.run(p.full)
			runs[have]++
			// The slow version tries every length, longest first, in the first group that has the axis.
			want := 1
			for _, g := range in.Analysis.Groups {
				axis := group.Member{Value: p.full.X(), Axis: p.full.In}
				if !slices.Contains(g.Members, axis) {
					continue
				}
				units := in.Analysis.Units(g, axis)
				for n := len(units); n > 0; n-- {
					if len(units)%n != 0 || n < len(units) && units[n] == units[0] {
						continue
					}
					alike := true
					for i, u := range units {
						alike = alike && u == units[i-i%n]
					}
					if alike {
						want = n
						break
					}
				}
				break
			}
			if have != want || have != c.want {
				t.Errorf("%s: want %d and %d, have %d", c.nodes, c.want, want, have)
			}
		})
	}
	if runs[16] == 0 || runs[4] == 0 || runs[1] == 0 {
		t.Errorf("%v", runs)
	}
}
