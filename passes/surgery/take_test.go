package surgery

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

// elementsOf is the elements of a tensor of whole numbers, also of less than a byte, one by one from its bits.
func elementsOf(t *graph.Tensor) []int {
	bits := t.DType().Bits()
	raw := t.Raw()
	out := make([]int, t.Len())
	for i := range out {
		for b := range bits {
			at := i*bits + b
			out[i] |= int(raw[at/8]>>(at%8)&1) << b
		}
	}
	return out
}

// What is taken of an axis, and what is blanked of it, are the elements whose index on that axis is among those asked for, for
// elements of every size down to two bits.
func TestTakeAndBlankGoByTheIndexOnTheAxis(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	for _, d := range []graph.DType{graph.Uint2, graph.Int2, graph.Uint4, graph.Int4, graph.Uint8, graph.Int16, graph.Float32, graph.Int64} {
		for _, shape := range [][]int{{5}, {3, 4}, {2, 3, 5}, {3, 1, 2}} {
			n := 1
			for _, k := range shape {
				n *= k
			}
			raw := make([]byte, graph.RawLen(d, n))
			for i := range raw {
				raw[i] = byte(r.IntN(256))
			}
			if rest := n * d.Bits() % 8; rest != 0 {
				raw[len(raw)-1] &= 1<<rest - 1
			}
			x, err := graph.FromRaw(d, shape, raw)
			if err != nil {
				t.Fatal(err)
			}
			before := elementsOf(x)
			for axis, extent := range shape {
				var kept []int
				live := make([]bool, extent)
				for i := range extent {
					if r.IntN(2) == 0 || i == extent-1 && kept == nil {
						kept, live[i] = append(kept, i), true
					}
				}
				var taken, blanked []int
				for i, e := range before {
					if live[graph.Position(i, shape)[axis]] {
						taken, blanked = append(taken, e), append(blanked, e)
					} else {
						blanked = append(blanked, 0)
					}
				}
				name := fmt.Sprintf("%v%v axis %d", d, shape, axis)
				have, err := take(x, axis, kept)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				cut := slices.Clone(shape)
				cut[axis] = len(kept)
				if have.DType() != d || !slices.Equal(have.Shape(), cut) || !slices.Equal(elementsOf(have), taken) {
					t.Errorf("%s: want %v, have %v%v %v", name, taken, have.DType(), have.Shape(), elementsOf(have))
				}
				have, err = blank(x, axis, live)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if have.DType() != d || !slices.Equal(have.Shape(), shape) || !slices.Equal(elementsOf(have), blanked) {
					t.Errorf("%s, blank: want %v, have %v%v %v", name, blanked, have.DType(), have.Shape(), elementsOf(have))
				}
				if !slices.Equal(elementsOf(x), before) {
					t.Fatalf("%s: the tensor itself was changed", name)
				}
			}
		}
	}
}

// Strings have no bits to be taken apart.
func TestStringsAreNotTakenApart(t *testing.T) {
	x := graph.TensorOf([]string{"a", "b"}, 2)
	want := "elements of type string cannot be taken apart"
	if have, err := take(x, 0, []int{1}); have != nil || fmt.Sprint(err) != want {
		t.Errorf("have %v, %v", have, err)
	}
	if have, err := blank(x, 0, []bool{true, false}); have != nil || fmt.Sprint(err) != want {
		t.Errorf("blank: have %v, %v", have, err)
	}
}

// What is taken lies in memory; what it was taken of may be let go.
func TestTakingForgetsWhatWasMapped(t *testing.T) {
	x := graph.TensorOf([]float32{1, 2, 3}, 3)
	forgotten := false
	x.OnForget(func() { forgotten = true })
	if _, err := take(x, 0, []int{2}); err != nil || !forgotten {
		t.Errorf("forgotten is %v, %v", forgotten, err)
	}
}
