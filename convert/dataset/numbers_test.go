package dataset

import (
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// A number that statistics cannot handle is refused wherever it is; a mask may contain the lowest
// float.
func TestNumbersWithoutASquareAreRefused(t *testing.T) {
	to := inputs(t, "x", shaped(graph.Float32, "N", 3))
	for _, c := range []struct {
		x    float64
		d    graph.DType
		want string
	}{
		{math.NaN(), graph.Float32, "sample 4: element [1] is NaN"},
		{math.Inf(-1), graph.Float32, "sample 4: element [1] is -Inf"},
		{math.Inf(1), graph.Float16, "sample 4: element [1] is +Inf"},
		{1e30, graph.Float32, "sample 4: element [1] is 1.0000000150474662e+30, whose square overflows: want at most 1.84e+19"},
		{-1e30, graph.Float64, "sample 4: element [1] is -1.0000000150474662e+30, whose square overflows"},
		{1e200, graph.Float64, "sample 4: element [1] is 1e+200, whose square overflows"},
		{1e19, graph.Float32, ""},
		{-math.MaxFloat32, graph.Float32, ""},
		{-65504, graph.Float16, ""},
	} {
		v := make([]float64, 15)
		v[13] = c.x
		x, ok := graph.FromFloats(c.d, v, 5, 3)
		if !ok {
			t.Fatal(c.d)
		}
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := SaveNPY(path, x); err != nil {
			t.Fatal(err)
		}
		s, err := Load(path, Options{})
		if err == nil {
			_, err = s.Bind(to)
		}
		if have := fmt.Sprint(err); err == nil != (c.want == "") || !strings.Contains(have, c.want) && err != nil {
			t.Errorf("%v of %v: want %q, have %v", c.x, c.d, c.want, err)
		}
		f, err := Open(path, Options{}, to)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		_, err = f.Read([]int{3, 4})
		if have := fmt.Sprint(err); err == nil != (c.want == "") || !strings.Contains(have, c.want) && err != nil {
			t.Errorf("file: %v of %v: want %q, have %v", c.x, c.d, c.want, err)
		}
	}
}

// Halves, doubles and integers are converted to the type of the input, or the error names that
// type.
func TestTypesAreConvertedOrNamed(t *testing.T) {
	to := inputs(t, "x", shaped(graph.Float32, "N", 3))
	for d, want := range map[graph.DType]string{
		graph.Float16: "", graph.Float64: "", graph.Int64: "", graph.Uint8: "",
		graph.Bool: "want float elements, have bool",
	} {
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := SaveNPY(path, graph.NewTensor(d, 2, 3)); err != nil {
			t.Fatal(err)
		}
		_, err := Open(path, Options{}, to)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%v: want %q, have %v", d, want, err)
		}
	}
}
