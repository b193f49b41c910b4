package runtime_test

import (
	"strings"
	"testing"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

const twoProducts = `<ir_version: 8, opset_import: ["" : 17]>
g (float[1,8,6,6] x) => (float[1,20] y) <float[24,8,3,3] w = {#w}, float[24] b = {#b}, float[20,24] v = {#v}>
{ a = Conv(x, w, b)  r = Relu(a)  p = GlobalAveragePool(r)  f = Flatten(p)  y = Gemm <transB = 1> (f, v) }`

func ones(n int) string { return strings.TrimSuffix(strings.Repeat("1,", n), ",") }

// A profile names what runs, in execution order, and knows the extents that each step's time
// depends on.
func TestProfile(t *testing.T) {
	text := strings.NewReplacer("#w", ones(24*8*9), "#b", ones(24), "#v", ones(20*24)).Replace(twoProducts)
	s := compile(t, text, runtime.Options{Threads: 1})
	feeds := map[string]*graph.Tensor{"x": graph.NewTensor(graph.Float32, 1, 8, 6, 6)}
	p, err := s.Profile(t.Context(), feeds, 3, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if p.Runs != 3 || p.Min <= 0 || p.Min > p.Median || p.Rest < 0 {
		t.Errorf("%+v", p)
	}
	if least := p.Least(); least <= 0 || least > p.Rest+sumOf(p, func(st runtime.Step) time.Duration { return st.Median }) {
		t.Errorf("least %v of %+v", least, p)
	}
	macs := map[string]int64{"Conv": 24 * 8 * 9 * 16, "Gemm": 20 * 24}
	seen := map[string]runtime.Step{}
	for _, st := range p.Steps {
		if st.Work == nil || st.Min > st.Median || st.MACs != macs[st.What()] {
			t.Errorf("%s by %s: %+v", st.What(), st.Kernel, st)
			continue
		}
		seen[st.What()] = st
	}
	conv, ok := seen["Conv"]
	if _, gemm := seen["Gemm"]; !ok || !gemm {
		t.Fatalf("%+v", p.Steps)
	}
	var names []string
	for _, v := range conv.Work.Values {
		names = append(names, v.Name)
	}
	if have := strings.Join(names, " "); have != "x w b a" { // a stands for r, which is computed with it
		t.Errorf("the convolution touches %s", have)
	}
	// Columns count in strips of 16: 24 as 32, and 17 too.
	family, base := conv.Work.Amount(conv.Work.Extents())
	want := runtime.Amount{1, 32 * 8 * 9 * 16, base[2], 8*36 + 24*16, 24*8*9 + 24}
	if base != want || family != "convolution of a window" {
		t.Errorf("want %v, have %v of %s", want, base, family)
	}
	_, less := conv.Work.Amount([][]int{{1, 5, 6, 6}, {17, 5, 3, 3}, {17}, {1, 17, 4, 4}})
	if want := (runtime.Amount{1, 32 * 5 * 9 * 16, less[2], 5*36 + 17*16, 17*5*9 + 17}); less != want {
		t.Errorf("want %v, have %v", want, less)
	}
	if _, again := conv.Work.Amount([][]int{{1, 8, 6, 6}, {24, 8, 3, 3}, {24}, {1, 24, 4, 4}}); again != base {
		t.Errorf("want %v again, have %v", base, again)
	}
}

func sumOf(p *runtime.Profile, of func(runtime.Step) time.Duration) (sum time.Duration) {
	for _, st := range p.Steps {
		sum += of(st)
	}
	return sum
}

// If extents depend on the contents of inputs, the work is unknown, but steps are still timed.
func TestProfileWithoutAProgram(t *testing.T) {
	s := compile(t, `<ir_version: 8, opset_import: ["" : 17]> g (float[4] x) => (float[M] y) {
		i = NonZero(x)  c = Cast<to = 1>(i)  q = Squeeze(c)  y = Relu(q) }`, runtime.Options{Threads: 1})
	p, err := s.Profile(t.Context(), map[string]*graph.Tensor{"x": vector([]float32{1, 0, 2, 3})}, 2, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if len(p.Steps) == 0 {
		t.Error("no steps")
	}
	for _, st := range p.Steps {
		if st.Work != nil {
			t.Errorf("%s: %+v", st.What(), st.Work)
		}
	}
	if _, err := s.Profile(t.Context(), nil, 0, time.Minute); err == nil {
		t.Error("no runs are an error")
	}
}
