package runtime_test

import (
	"math"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// scaled is a session whose logits are its input times those factors.
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

func TestCompareCountsWhatPeopleWouldCount(t *testing.T) {
	x := graph.TensorOf([]float32{3, 2, 1, 1, 3, 2, 2, 1, 3, 3, 1, 2}, 4, 3)
	plain, favoursTheFirst := scaled(t, "1, 1, 1"), scaled(t, "2, 1, 1")
	for _, batch := range []int{1, 3, 64} { // the batch changes nothing
		c, err := runtime.Compare(t.Context(), []*runtime.Session{plain, favoursTheFirst}, map[string]*graph.Tensor{"x": x}, []int{0, 1, 2, 1}, batch, nil)
		if err != nil {
			t.Fatal(err)
		}
		// plain answers 0 1 2 0; doubling the first class turns only the third answer.
		if c.Samples != 4 || c.Accuracy[0] != 0.75 || c.Accuracy[1] != 0.5 || c.Agreement.Top1 != 0.75 || c.Agreement.MaxAbsDiff != 3 {
			t.Errorf("batch %d: %+v %+v", batch, c, c.Agreement)
		}
		if want := 79.0 / math.Sqrt(56*125); math.Abs(c.Agreement.Cosine-want) > 1e-9 {
			t.Errorf("batch %d: cosine %v, want %v", batch, c.Agreement.Cosine, want)
		}
	}
	_, err := runtime.Compare(t.Context(), []*runtime.Session{plain}, map[string]*graph.Tensor{"x": x}, []int{0}, 64, nil)
	if err == nil || !strings.Contains(err.Error(), "labels") {
		t.Errorf("too few labels: %v", err)
	}
}
