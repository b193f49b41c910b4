package distil

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/surgery"
)

// cutNet returns a small network, what is left of it without a quarter of the units of each group, and samples.
func cutNet(t *testing.T) Input {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 14]>
net (float[N,2,6,5] x, float[8,2,3,3] w_1, float[8] w_b1, float[8,1,3,3] w_2, float[6,8,1,1] w_3, float[4,6] w_4, float[4] w_b4) => (float[N,4] y)
{
   h = Conv<pads = [1, 1, 1, 1]>(x, w_1, w_b1)
   r = Relu(h)
   d = Conv<pads = [1, 1, 1, 1], group = 8>(r, w_2)
   e = HardSwish(d)
   f = Conv(e, w_3)
   p = GlobalAveragePool(f)
   l = Flatten(p)
   y = Gemm<transB = 1>(l, w_4, w_b4)
}`)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	random := func(dims ...int) *graph.Tensor {
		x := graph.NewTensor(graph.Float32, dims...)
		for i := range x.Len() {
			graph.Data[float32](x)[i] = float32(rng.NormFloat64())
		}
		return x
	}
	g := m.Graph
	for _, v := range slices.Clone(g.Inputs) {
		if strings.HasPrefix(v.Name, "w_") {
			dims, _ := v.Type.Shape.Ints()
			g.Inputs = slices.DeleteFunc(g.Inputs, func(w *graph.Value) bool { return w == v })
			g.SetConst(v, random(dims...))
		}
	}
	in := Input{Classes: true}
	if in.Original, in.Analysis, err = canonical.Simplify(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	in.Plan = &group.Plan{Kept: map[*group.Group][]int{}}
	for _, each := range in.Analysis.Groups {
		for u := range each.Units {
			if u%4 != 1 {
				in.Plan.Kept[each] = append(in.Plan.Kept[each], u)
			}
		}
	}
	if in.Cut, err = surgery.Cut(in.Original, in.Analysis, in.Plan); err != nil {
		t.Fatal(err)
	}
	if in.Data, err = dataset.Held(map[string]*graph.Tensor{"x": random(160, 2, 6, 5)}); err != nil {
		t.Fatal(err)
	}
	return in
}

func weightsOf(m *graph.Model) (all []float32) {
	for _, v := range m.Graph.Initializers {
		if v.Const.DType() == graph.Float32 {
			all = append(all, graph.Data[float32](v.Const)...)
		}
	}
	return all
}

var quick = Options{On: true, Epochs: 30, Rate: 0.02, Batch: 16}

func TestDistilApproachesTheOriginal(t *testing.T) {
	in := cutNet(t)
	r, err := Apply(t.Context(), quick, in, stage.Settings{Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !(r.After < r.Before/4) || r.Undone || r.AgreementAfter == nil || *r.AgreementAfter < *r.AgreementBefore {
		t.Errorf("have %+v", r)
	}
	if len(r.Terms) != 2 || r.Terms[0].Loss != "divergence" || r.Terms[1].Role != "inside" || r.Terms[1].Loss != "squares" {
		t.Errorf("terms %+v", r.Terms)
	}
	if r.Held != 16 || r.Samples != 144 || r.Steps != 9*r.Epochs || r.Learnt != len(weightsOf(in.Cut)) || r.Fixed != 0 {
		t.Errorf("have %+v", r)
	}
	if err := in.Cut.Check(); err != nil {
		t.Error(err)
	}
}

// The same seed gives the same bits, another seed others; the number of threads makes no difference to these kernels.
func TestDistilIsDeterministic(t *testing.T) {
	var first []float32
	for i, s := range []stage.Settings{{Threads: 2}, {Threads: 2}, {Threads: 2, Seed: 1}} {
		in := cutNet(t)
		o := quick
		o.Epochs, o.Augment = 3, Augmentation{Flip: true, Shift: true, Mix: true}
		if _, err := Apply(t.Context(), o, in, s); err != nil {
			t.Fatal(err)
		}
		have := weightsOf(in.Cut)
		if i == 0 {
			first = have
		} else if slices.Equal(first, have) != (s.Seed == 0) {
			t.Errorf("run %d, with seed %d, has the same weights: %v", i, s.Seed, s.Seed != 0)
		}
	}
}

// A copy of the original cannot get better: nothing that was learnt is kept, and no bit of it changes.
func TestDistilIsNeverWorse(t *testing.T) {
	in := cutNet(t)
	in.Plan = &group.Plan{}
	in.Cut, _ = in.Original.Clone()
	before := weightsOf(in.Cut)
	o := quick
	o.Epochs = 20
	r, err := Apply(t.Context(), o, in, stage.Settings{Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Undone || r.After != r.Before || r.After > 1e-6 || !slices.Equal(before, weightsOf(in.Cut)) {
		t.Errorf("have %+v, weights equal %v", r, slices.Equal(before, weightsOf(in.Cut)))
	}
	if r.Epochs >= 20 || r.Stopped == "" {
		t.Errorf("stopped after %d epochs: %q", r.Epochs, r.Stopped)
	}
}

func TestDistilHoldsZeros(t *testing.T) {
	in := cutNet(t)
	in.Zeros = true
	w := graph.Data[float32](in.Cut.Graph.Value("w_3").Const)
	for i := range w {
		if i%2 == 0 {
			w[i] = 0
		}
	}
	r, err := Apply(t.Context(), quick, in, stage.Settings{Threads: 2})
	if err != nil || r.Undone || r.Zeros == 0 {
		t.Fatal(r, err)
	}
	for i, x := range graph.Data[float32](in.Cut.Graph.Value("w_3").Const) {
		if (x == 0) != (i%2 == 0) {
			t.Fatalf("number %d is %v", i, x)
		}
	}
}

func TestDistilStopsWhenToldTo(t *testing.T) {
	in := cutNet(t)
	before := weightsOf(in.Cut)
	ctx, cancel := context.WithCancel(t.Context())
	s := stage.Settings{Threads: 2, Progress: func(_ string, done, _ int) {
		if done == 5 {
			cancel()
		}
	}}
	if _, err := Apply(ctx, quick, in, s); !errors.Is(err, context.Canceled) {
		t.Errorf("have %v", err)
	}
	if !slices.Equal(before, weightsOf(in.Cut)) {
		t.Error("weights changed")
	}
}

func TestDistilSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		want   string
		change func(*Input)
	}{
		{"distil: want at least 20 samples, have 19", func(in *Input) { in.Data = dataset.Part(in.Data, make([]int, 19)) }},
		{"distil: want samples to learn from: give some with --calibration", func(in *Input) { in.Data = nil }},
	} {
		in := cutNet(t)
		c.change(&in)
		if _, err := Apply(t.Context(), quick, in, stage.Settings{Threads: 1}); err == nil || err.Error() != c.want {
			t.Errorf("want %q, have %v", c.want, err)
		}
	}
}

// The batch shrinks until a step fits in memory.
func TestDistilBatchFitsInMemory(t *testing.T) {
	in := cutNet(t)
	r, err := Apply(t.Context(), Options{On: true, Epochs: 1, Batch: 64}, in, stage.Settings{Threads: 1, Memory: 200 << 10})
	if err != nil {
		t.Fatal(err)
	}
	if r.Batch >= 64 || r.Batch < 2 {
		t.Errorf("a batch of %d", r.Batch)
	}
}

func TestTake(t *testing.T) {
	x := graph.TensorOf([]float32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 2, 3, 2)
	y := take(x, [][]int{nil, {0, 2}, {1}})
	if want := []float32{1, 5, 7, 11}; !slices.Equal(graph.Data[float32](y), want) || !slices.Equal(y.Shape(), []int{2, 2, 1}) {
		t.Errorf("have %v%v", y.Shape(), graph.Data[float32](y))
	}
}

func TestFlipped(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	x := graph.NewTensor(graph.Float32, 64, 1, 2, 3)
	for i := range x.Len() {
		graph.Data[float32](x)[i] = float32(i)
	}
	y := graph.Data[float32](Augmentation{Flip: true}.apply(map[string]*graph.Tensor{"x": x}, rng)["x"])
	mirrored := 0
	for i := 0; i < len(y); i += 3 {
		at := float32(i)
		switch {
		case slices.Equal(y[i:i+3], []float32{at + 2, at + 1, at}):
			mirrored++
		case !slices.Equal(y[i:i+3], []float32{at, at + 1, at + 2}):
			t.Fatalf("line %d is %v", i/3, y[i:i+3])
		}
	}
	if mirrored < 40 || mirrored > 88 || mirrored%2 != 0 || math.IsNaN(float64(y[0])) {
		t.Errorf("%d of 128 lines are mirrored", mirrored)
	}
}

// A picture moves as a whole, and its edge comes in.
func TestShifted(t *testing.T) {
	c := change{down: 0.3, right: -0.2}
	from := []float32{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}
	to := make([]float32, 16)
	c.move(to, from, 4, 4)
	if want := []float32{2, 3, 4, 4, 2, 3, 4, 4, 6, 7, 8, 8, 10, 11, 12, 12}; !slices.Equal(to, want) {
		t.Errorf("want %v, have %v", want, to)
	}
}

// Mixtures lie between two samples, in all inputs in the same proportions.
func TestMixed(t *testing.T) {
	x, y := graph.NewTensor(graph.Float32, 8, 1), graph.NewTensor(graph.Float32, 8, 3)
	for i := range 8 {
		graph.Data[float32](x)[i], graph.Data[float32](y)[3*i+1] = float32(i), float32(i)
	}
	mixed := Augmentation{Mix: true}.apply(map[string]*graph.Tensor{"x": x, "y": y}, rand.New(rand.NewPCG(2, 2)))
	between := false
	for i, v := range graph.Data[float32](mixed["x"]) {
		if v < 0 || v > 7 || v != graph.Data[float32](mixed["y"])[3*i+1] {
			t.Errorf("sample %d is %v and %v", i, v, graph.Data[float32](mixed["y"])[3*i:3*i+3])
		}
		between = between || v != float32(int(v))
	}
	if !between {
		t.Error("nothing is mixed")
	}
}

func TestParseAugmentation(t *testing.T) {
	for text, want := range map[string]Augmentation{"": {}, "flip": {Flip: true}, "shift, mix": {Shift: true, Mix: true}} {
		if have, err := ParseAugmentation(text); err != nil || have != want {
			t.Errorf("%q: have %v, %v", text, have, err)
		}
	}
	if _, err := ParseAugmentation("flip,turn"); err == nil {
		t.Error("no error")
	}
}
