package samples_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// A window that does not fit in an extent of 1 gets the least power of two in which it fits. Given
// extents stay.
func TestExtents(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
pooled (float[N,1,H,W] x) => (float[N,1,A,B] y) { a = MaxPool<kernel_shape = [3, 3], strides = [2, 2]>(x)  y = MaxPool<kernel_shape = [2, 2]>(a) }`)
	if err != nil {
		t.Fatal(err)
	}
	if have := samples.Extents(m, map[string]int{"W": 100}); have["H"] != 8 || have["W"] != 100 || have["N"] != 0 {
		t.Errorf("have %v", have)
	}
}

// What shape arithmetic leads to counts too: a map that is halved and doubled again fits beside the
// other only where the extent is even.
func TestExtentsThatShapeArithmeticLeadsTo(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
joined (float[N,1,H,H] x) => (y) <int64[1] two = {2}, int64[1] from = {2}, int64[1] to = {4}, int64[1] zero = {0}> {
  s = MaxPool<kernel_shape = [1, 1], strides = [2, 2]>(x)
  shape = Shape(s)  spatial = Slice(shape, from, to, zero)  double = Mul(spatial, two)  lead = Slice(shape, zero, from, zero)
  sizes = Concat<axis = 0>(lead, double)
  up = Resize<mode = "nearest">(s, , , sizes)
  y = Concat<axis = 1>(up, x)
}`)
	if err != nil {
		t.Fatal(err)
	}
	if have := samples.Extents(m, nil); have["H"] != 2 {
		t.Errorf("have %v, want an extent of 2", have)
	}
}

func TestChosenExtentsAreThoseThatWereNotGiven(t *testing.T) {
	given := map[string]int{"W": 100}
	if have := samples.Chosen(map[string]int{"W": 100, "H": 8}, given); len(have) != 1 || have["H"] != 8 || len(given) != 1 {
		t.Errorf("have %v", have)
	}
	if have := samples.Chosen(nil, nil); len(have) != 0 {
		t.Errorf("have %v", have)
	}
}

// Dimensions without a name get an extent as well, but for the one that counts samples; a stride of 3 wants a multiple of it.
func TestExtentsWithoutNamesAndOfOddStrides(t *testing.T) {
	const text = `<ir_version: 8, opset_import: ["" : 13]>
joined (float[%s] x) => (float[?,?,?,?] y) <float[1,1,%[2]s,%[2]s] w = {%[3]s}> {
  s = MaxPool<kernel_shape = [1, 1], strides = [%[2]s, %[2]s]>(x)
  up = ConvTranspose<strides = [%[2]s, %[2]s]>(s, w)
  y = Concat<axis = 1>(up, x)
}`
	for _, c := range []struct {
		input, stride, ones string
		name                string
		want                int
	}{
		{"?,1,?,?", "2", "1, 1, 1, 1", "?", 2},
		{"N,1,?,?", "4", "1" + strings.Repeat(", 1", 15), "?", 4},
		{"N,1,H,H", "3", "1" + strings.Repeat(", 1", 8), "H", 3},
	} {
		m, err := graph.Parse(fmt.Sprintf(text, c.input, c.stride, c.ones))
		if err != nil {
			t.Fatal(err)
		}
		dims := samples.Extents(m, nil)
		if dims[c.name] != c.want || len(dims) != 1 {
			t.Errorf("%s by strides of %s: have %v, want %d", c.input, c.stride, dims, c.want)
		}
		if feeds, err := samples.Synthetic(m, dims, 5, 1); err != nil || feeds["x"].Shape()[0] != 5 || feeds["x"].Shape()[2] != c.want {
			t.Errorf("%s: made up %v, %v", c.input, feeds["x"], err)
		}
		if err := samples.CheckDims(m, map[string]int{c.name: 12}); err != nil {
			t.Error(err)
		}
	}
}
