package passes_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
)

// detector returns the output of a network whose heads are joined as in YOLOX: per level boxes,
// objectness and classes beside each other, then the levels one after another, then positions first.
func detector(t *testing.T) *graph.Value {
	t.Helper()
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]>
g (float[N,4,2,2] box, float[N,1,2,2] object, float[N,6,2,2] class, float[N,11,3] coarse) => (float[N,7,11] y) <int64[3] flat = {0, 11, -1}>
{
   o = Sigmoid(object)
   c = Sigmoid(class)
   h = Concat<axis = 1>(box, o, c)
   fine = Reshape(h, flat)
   all = Concat<axis = 2>(fine, coarse)
   y = Transpose<perm = [0, 2, 1]>(all)
}`)
	if err != nil {
		t.Fatal(err)
	}
	if err := op.InferGraph(m.Graph); err != nil {
		t.Fatal(err)
	}
	return m.Graph.Outputs[0]
}

// Boxes vary a thousand times as much as objectness and classes do, and there are four of them and
// six classes. What is lost of one head is the same error, whichever head it is.
func TestHeadsOfADetectorCountAlike(t *testing.T) {
	const positions, width = 7, 11
	size := func(c int) float64 {
		if c < 4 {
			return 50
		}
		return 0.05
	}
	r := rand.New(rand.NewPCG(1, 1))
	var want [][]float64
	for range 2 { // batches of 40 samples
		x := make([]float64, 40*positions*width)
		for i := range x {
			x[i] = size(i%width) * (3 + r.NormFloat64())
		}
		want = append(want, x)
	}
	shape := []int{positions, width}
	s := passes.NewOutputScale(passes.Variance, detector(t), [][]int{shape, shape}, want)
	for name, head := range map[string][2]int{"boxes": {0, 4}, "objectness": {4, 5}, "classes": {5, 11}} {
		sum := 0.0
		for _, x := range want {
			have := append([]float64{}, x...)
			for i := range have {
				if c := i % width; c >= head[0] && c < head[1] {
					have[i] = 3 * size(c) // its mean
				}
			}
			sum += s.Error(x, have)
		}
		if math.Abs(sum-1./3) > 0.01 {
			t.Errorf("without %s: an error of %.4f, want a third", name, sum)
		}
	}
}

// The elements of a vector are of one kind: the error is the energy of the difference over the
// variance, or over the energy.
func TestVectorsAreMeasuredAsAWhole(t *testing.T) {
	m, err := graph.Parse(`<ir_version: 8, opset_import: ["" : 13]> g (float[N,3] x) => (float[N,3] y) { y = Relu(x) }`)
	if err != nil {
		t.Fatal(err)
	}
	want, have := [][]float64{{1, 2, 300, 4, 5, 600}, {7, 8, 900}}, [][]float64{{1, 3, 300, 4, 5, 610}, {7, 8, 880}}
	n, sum, square, apart := 0.0, 0.0, 0.0, 0.0
	for b := range want {
		for i, w := range want[b] {
			n, sum, square, apart = n+1, sum+w, square+w*w, apart+(w-have[b][i])*(w-have[b][i])
		}
	}
	for of, total := range map[passes.Magnitude]float64{passes.Variance: square - sum*sum/n, passes.Energy: square} {
		s := passes.NewOutputScale(of, m.Graph.Outputs[0], [][]int{{3}, {3}}, want)
		if e := s.Error(want[0], have[0]) + s.Error(want[1], have[1]); math.Abs(e-apart/total) > 1e-12 {
			t.Errorf("%v: want %g, have %g", of, apart/total, e)
		}
	}
}

// A class that no sample shows is nearly constant. It counts for less than those that vary, and not
// for nothing; a position that is constant is no division by zero.
func TestWhatHardlyVariesCountsLittle(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	spread := []float64{1, 2, 1, 1e-6, 0} // of positions on the first axis, each a map of 4 elements
	x := make([]float64, 100*len(spread)*4)
	for i := range x {
		x[i] = spread[i/4%len(spread)] * r.NormFloat64()
	}
	shape := []int{len(spread), 4}
	s := passes.NewOutputScale(passes.Variance, detector(t), [][]int{shape}, [][]float64{x})
	var lost []float64
	for c := range spread {
		have := append([]float64{}, x...)
		for i := range have {
			if i/4%len(spread) == c {
				have[i] = 0
			}
		}
		lost = append(lost, s.Error(x, have))
	}
	if !(lost[0] > 0.1 && lost[1] > 0.1 && lost[3] < 1e-9 && lost[3] > 0 && lost[4] == 0) || lost[1] > 3*lost[0] {
		t.Errorf("without each position alone: errors %v", lost)
	}
	if s := passes.NewOutputScale(passes.Variance, detector(t), [][]int{{2, 2}}, [][]float64{{5, 5, 5, 5}}); s != nil {
		t.Error("an output that does not vary has a scale")
	}
	if e := (*passes.OutputScale)(nil).Error([]float64{1}, []float64{2}); e != 0 {
		t.Errorf("nothing has an error of %g", e)
	}
}

// Where the number of detections differs from sample to sample there is no axis to go by.
func TestOutputsOfSeveralShapes(t *testing.T) {
	want := [][]float64{{1, 2, 3, 4}, {5, 6}}
	s := passes.NewOutputScale(passes.Energy, detector(t), [][]int{{2, 2}, {1, 2}}, want)
	if e := s.Error(want[0], []float64{0, 0, 0, 0}) + s.Error(want[1], []float64{0, 0}); math.Abs(e-1) > 1e-12 {
		t.Errorf("without anything: an error of %g", e)
	}
}
