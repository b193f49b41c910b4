package runtime_test

import (
	"context"
	"math"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// scaled returns a session whose logits are its input times the given factors.
func scaled(t *testing.T, factors string) *runtime.Session {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
		g (float[N,3] x) => (float[N,3] y) <float[3] f = {` + factors + `}> { y = Mul(x, f) }`)
	if err != nil {
		t.Fatal(err)
	}
	s, err := runtime.Compile(m, runtime.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// held returns samples in memory.
func held(t *testing.T, s *runtime.Session, inputs map[string]*graph.Tensor) runtime.Inputs {
	t.Helper()
	in, err := runtime.Held(s, inputs)
	if err != nil {
		t.Fatal(err)
	}
	return in
}

func TestCompareCountsWhatPeopleWouldCount(t *testing.T) {
	x := graph.TensorOf([]float32{3, 2, 1, 1, 3, 2, 2, 1, 3, 3, 1, 2}, 4, 3)
	plain, favoursTheFirst := scaled(t, "1, 1, 1"), scaled(t, "2, 1, 1")
	for _, batch := range []int{1, 3, 64} { // the batch size makes no difference
		c, err := runtime.Compare(t.Context(), []*runtime.Session{plain, favoursTheFirst}, held(t, plain, map[string]*graph.Tensor{"x": x}), []int{0, 1, 2, 1}, batch, nil)
		if err != nil {
			t.Fatal(err)
		}
		// plain answers 0 1 2 0. Doubling the first class changes only the third answer.
		if c.Samples != 4 || c.Accuracy[0] != 0.75 || c.Accuracy[1] != 0.5 || c.Agreement.Top1 != 0.75 || c.Agreement.MaxAbsDiff != 3 {
			t.Errorf("batch %d: %+v %+v", batch, c, c.Agreement)
		}
		if want := 79.0 / math.Sqrt(56*125); math.Abs(c.Agreement.Cosine-want) > 1e-9 {
			t.Errorf("batch %d: cosine %v, want %v", batch, c.Agreement.Cosine, want)
		}
	}
	_, err := runtime.Compare(t.Context(), []*runtime.Session{plain}, held(t, plain, map[string]*graph.Tensor{"x": x}), []int{0}, 64, nil)
	if err == nil || !strings.Contains(err.Error(), "labels") {
		t.Errorf("too few labels: %v", err)
	}
}

// scale answers its input times w. With the largest elements as labels it is always right, and with
// -w always wrong.
func scale(t *testing.T, batch, w string) *runtime.Session {
	return compile(t, strings.NewReplacer("BATCH", batch, "W", w).Replace(
		`<ir_version: 8, opset_import: ["" : 17]> g (float[BATCH,3] x, float[1] one) => (float[BATCH,3] y) <float w = {W}> { a = Mul(x, w)  y = Mul(a, one) }`), runtime.Options{})
}

func samples() (map[string]*graph.Tensor, []int) {
	return map[string]*graph.Tensor{
		"x":   vector([]float32{1, 2, 3, 6, 5, 4, 7, 9, 8, 10, 11, 12, 1, 0, 0}, 5, 3),
		"one": vector([]float32{1}),
	}, []int{2, 0, 1, 2, 1} // the last label is wrong
}

func TestAccuracy(t *testing.T) {
	x, labels := samples()
	for batch := 1; batch < 7; batch++ {
		var seen []int
		got, err := accuracy(scale(t, "N", "2"), x, labels, batch, func(done, total int) {
			if total != 5 {
				t.Errorf("total is %d, want 5", total)
			}
			seen = append(seen, done)
		})
		if err != nil || got != 0.8 {
			t.Errorf("batches of %d: accuracy %v, error %v; want 0.8", batch, got, err)
		}
		if len(seen) != (5+batch-1)/batch || seen[len(seen)-1] != 5 {
			t.Errorf("batches of %d: progress %v", batch, seen)
		}
	}
	if got, err := accuracy(scale(t, "5", "2"), map[string]*graph.Tensor{"x": x["x"], "one": vector(make([]float32, 1))}, labels, 2, nil); err == nil {
		t.Errorf("5 samples of x, 1 of one: want an error, have %v", got)
	}
	fixed := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }`, runtime.Options{})
	if got, err := accuracy(fixed, map[string]*graph.Tensor{"x": x["x"]}, labels, 64, nil); err != nil || got != 0.8 {
		t.Errorf("a model for one sample at a time: accuracy %v, error %v; want 0.8", got, err)
	}
	pairs := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[2,3] x) => (float[2,3] y) { y = Relu(x) }`, runtime.Options{})
	for name, c := range map[string]struct {
		s      *runtime.Session
		labels []int
		batch  int
		want   string
	}{
		"too few labels":  {scale(t, "N", "2"), labels[:4], 5, "labels: want one for each sample, have 4"},
		"too many labels": {scale(t, "N", "2"), append(labels, 1), 5, "labels: want 5, one for each sample, have 6"},
		"no batch":        {scale(t, "N", "2"), labels, 0, "batch: want a positive number, have 0"},
		"odd":             {pairs, labels, 1, `input "x": 5 samples do not divide into batches of 2, which the model wants`},
	} {
		in := x
		if c.s == pairs {
			in = map[string]*graph.Tensor{"x": x["x"]}
		}
		if _, err := accuracy(c.s, in, c.labels, c.batch, nil); err == nil || err.Error() != c.want {
			t.Errorf("%s: have error %v\nwant       %s", name, err, c.want)
		}
	}
}

// accuracy returns the accuracy of one session.
func accuracy(s *runtime.Session, inputs map[string]*graph.Tensor, labels []int, batch int, progress func(done, total int)) (float64, error) {
	in, err := runtime.Held(s, inputs)
	if err != nil {
		return 0, err
	}
	c, err := runtime.Compare(context.Background(), []*runtime.Session{s}, in, labels, batch, progress)
	if err != nil {
		return 0, err
	}
	return c.Accuracy[0], nil
}

func TestAgreement(t *testing.T) {
	x, _ := samples()
	for _, c := range []struct {
		w    string
		want runtime.Agreement
	}{
		{"2", runtime.Agreement{Top1: 1, MaxAbsDiff: 0, Cosine: 1}},
		{"3", runtime.Agreement{Top1: 1, MaxAbsDiff: 12, Cosine: 1}},
		{"-2", runtime.Agreement{Top1: 0, MaxAbsDiff: 48, Cosine: -1}},
	} {
		twice := scale(t, "N", "2")
		both, err := runtime.Compare(context.Background(), []*runtime.Session{twice, scale(t, "N", c.w)}, held(t, twice, x), nil, 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := both.Agreement; both.Accuracy != nil || got.Top1 != c.want.Top1 || got.MaxAbsDiff != c.want.MaxAbsDiff || math.Abs(got.Cosine-c.want.Cosine) > 1e-12 {
			t.Errorf("against %s: have %+v, want %+v", c.w, got, c.want)
		}
	}
}

func TestDiff(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	for _, c := range []struct {
		a, b     []float32
		abs, rel float64
	}{
		{[]float32{1, 2}, []float32{1, 2}, 0, 0},
		{[]float32{1, 5}, []float32{2, 4}, 1, 0.5},
		{[]float32{inf, nan}, []float32{inf, nan}, 0, 0},
		{[]float32{1, nan}, []float32{1, 2}, math.Inf(1), math.Inf(1)},
		{[]float32{inf}, []float32{-inf}, math.Inf(1), math.Inf(1)},
		{nil, nil, 0, 0},
	} {
		abs, rel, err := runtime.Diff(vector(c.a), vector(c.b))
		if err != nil || abs != c.abs || rel != c.rel {
			t.Errorf("%v and %v: have %v, %v, error %v; want %v, %v", c.a, c.b, abs, rel, err, c.abs, c.rel)
		}
	}
	if _, _, err := runtime.Diff(vector([]float32{1}), vector([]float32{1}, 1, 1)); err == nil {
		t.Error("shapes [1] and [1,1]: want an error")
	}
}

func TestTop1TakesTheFirstOfEquals(t *testing.T) {
	for label, want := range []int{1, 0, 0} {
		if got, err := runtime.Top1(vector([]float32{7, 7, 1}, 1, 3), []int{label}); err != nil || got != want {
			t.Errorf("label %d: %d right, error %v; want %d", label, got, err, want)
		}
	}
	if _, err := runtime.Top1(vector([]float32{7, 7, 1}), []int{0}); err == nil {
		t.Error("logits of one axis: want an error")
	}
}
