package runtime_test

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// scale answers its input times w: with labels of the largest element it is always right, with -w always wrong.
func scale(t *testing.T, batch, w string) *runtime.Session {
	return compile(t, strings.NewReplacer("BATCH", batch, "W", w).Replace(
		`<ir_version: 8, opset_import: ["" : 17]> g (float[BATCH,3] x, float[1] one) => (float[BATCH,3] y) <float w = {W}> { a = Mul(x, w)  y = Mul(a, one) }`), runtime.Options{})
}

func samples() (map[string]*graph.Tensor, []int) {
	return map[string]*graph.Tensor{
		"x":   vector([]float32{1, 2, 3, 6, 5, 4, 7, 9, 8, 10, 11, 12, 1, 0, 0}, 5, 3),
		"one": vector([]float32{1}),
	}, []int{2, 0, 1, 2, 1} // the last is wrong
}

func TestAccuracy(t *testing.T) {
	x, labels := samples()
	for batch := 1; batch < 7; batch++ {
		var seen []int
		got, err := runtime.Accuracy(context.Background(), scale(t, "N", "2"), x, labels, batch, func(done, total int) {
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
	if got, err := runtime.Accuracy(context.Background(), scale(t, "5", "2"), map[string]*graph.Tensor{"x": x["x"], "one": vector(make([]float32, 1))}, labels, 2, nil); err == nil {
		t.Errorf("5 samples of x, 1 of one: want an error, have %v", got)
	}
	fixed := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[1,3] x) => (float[1,3] y) { y = Relu(x) }`, runtime.Options{})
	if got, err := runtime.Accuracy(context.Background(), fixed, map[string]*graph.Tensor{"x": x["x"]}, labels, 64, nil); err != nil || got != 0.8 {
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
		if _, err := runtime.Accuracy(context.Background(), c.s, in, c.labels, c.batch, nil); err == nil || err.Error() != c.want {
			t.Errorf("%s: have error %v\nwant       %s", name, err, c.want)
		}
	}
}

func TestAgree(t *testing.T) {
	x, _ := samples()
	for _, c := range []struct {
		w    string
		want runtime.Agreement
	}{
		{"2", runtime.Agreement{Top1: 1, MaxAbsDiff: 0, Cosine: 1}},
		{"3", runtime.Agreement{Top1: 1, MaxAbsDiff: 12, Cosine: 1}},
		{"-2", runtime.Agreement{Top1: 0, MaxAbsDiff: 48, Cosine: -1}},
	} {
		got, err := runtime.Agree(context.Background(), scale(t, "N", "2"), scale(t, "N", c.w), x, 2, nil)
		if err != nil || got.Top1 != c.want.Top1 || got.MaxAbsDiff != c.want.MaxAbsDiff || math.Abs(got.Cosine-c.want.Cosine) > 1e-12 {
			t.Errorf("against %s: have %+v, error %v; want %+v", c.w, got, err, c.want)
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

func TestTimeAlternates(t *testing.T) {
	var order []string
	candidate := func(name string) runtime.Candidate {
		s := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[N] x) => (float[N] y) { a = Relu(x)  b = Relu(a)  y = Add(a, b) }`,
			runtime.Options{Trace: func(e runtime.Event) {
				if e.Node.Op == "Add" {
					order = append(order, name)
				}
			}})
		return runtime.Candidate{Session: s, Feeds: map[string]*graph.Tensor{"x": vector([]float32{1})}}
	}
	out, err := runtime.Time(context.Background(), []runtime.Candidate{candidate("a"), candidate("b")}, 10, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for i := range order {
		if want := string("ab"[i%2]); order[i] != want {
			t.Fatalf("run %d is one of %s, want %s", i, order[i], want)
		}
	}
	for _, l := range out {
		if l.Runs != 10 || l.Min > l.Median || l.Median > l.P90 || l.Min <= 0 {
			t.Errorf("%+v", l)
		}
		nodes := map[string]int{}
		for _, o := range l.Operators {
			nodes[o.Operator] = o.Nodes
		}
		if nodes["Relu"] != 2 || nodes["Add"] != 1 {
			t.Errorf("operators: %+v", l.Operators)
		}
	}
}
