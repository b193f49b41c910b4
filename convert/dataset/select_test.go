package dataset_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
)

func TestSelectTakesSamplesByNumber(t *testing.T) {
	scalar := graph.TensorOf([]float32{7})
	feeds := map[string]*graph.Tensor{
		"a": graph.TensorOf([]float32{0, 1, 10, 11, 20, 21}, 3, 2), "b": graph.TensorOf([]int64{5, 6, 7}, 3), "s": scalar,
	}
	out, err := dataset.Select(feeds, []int{2, 0})
	if err != nil {
		t.Fatal(err)
	}
	if have := graph.Data[float32](out["a"]); !slices.Equal(have, []float32{20, 21, 0, 1}) || !slices.Equal(out["a"].Shape(), []int{2, 2}) {
		t.Errorf("a: %v", have)
	}
	if have := graph.Data[int64](out["b"]); !slices.Equal(have, []int64{7, 5}) || out["s"] != scalar {
		t.Errorf("b: %v", have)
	}
	if _, err := dataset.Select(feeds, []int{3}); err == nil {
		t.Error("a sample that is not there was taken")
	}
}
