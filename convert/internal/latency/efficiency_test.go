package latency

import (
	"math"
	"testing"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
	"github.com/pollard-dev/pollard/runtime/sparse"
)

// A machine whose times follow the model exactly is predicted exactly, and the realized share of
// the promised speed-up follows.
func TestEfficiencyOfAMachineThatFollowsTheModel(t *testing.T) {
	speed := sparse.Speed{Fixed: 1e-5, Beta: 2e-10, Gamma: 6e-10}
	e := efficiencyOfOne(100_000, 20_000, 4, 1e-4, speed)
	time := speed.Time(20_000, 5_000)
	if n := e.Nodes[0]; math.Abs(n.MS-time*1e3) > 1e-9 || math.Abs(n.PredictedMS-n.MS) > 1e-6 || n.Residual > 1e-6 || n.Blocks != 5_000 || n.Stored != 20_000 {
		t.Errorf("%+v", n)
	}
	n := e.Nodes[0]
	if near := func(a, b float64) bool { return math.Abs(a-b) < 1e-6*b }; !near(n.SpeedUp, 1e-4/time) || !near(n.Theoretical, 5) || !near(n.Rho, n.SpeedUp/5) ||
		!near(n.RhoPredicted, n.Rho) || !near(n.Share, 1/(1+6e-10*5_000/(2e-10*20_000))) {
		t.Errorf("%+v", n)
	}
	if e.Within != 1 {
		t.Errorf("within %v", e.Within)
	}
}

// efficiencyOfOne returns the report of a network of one node with the given weights, nonzero
// weights and blocks, on a machine of speed v that takes dense seconds for the dense node.
func efficiencyOfOne(weights, nonZero, block int, dense float64, v sparse.Speed) *report.Efficiencies {
	g := graph.New("one")
	x, _ := g.NewValue("x")
	y, _ := g.NewValue("y")
	if _, err := g.NewNode("Relu", "", 14, []*graph.Value{x}, []*graph.Value{y}); err != nil {
		panic(err)
	}
	way := runtime.WayTime{Way: "sparse", Block: block, Entries: nonZero / block, Stored: nonZero}
	choice := &runtime.Choice{Way: "sparse", Ways: []runtime.WayTime{way}}
	choice.Weights.Weights, choice.Weights.NonZero = weights, nonZero
	var samples []sparse.Sample
	for _, stored := range []int{1000, 5000, 40000} {
		for _, b := range []int{1, 4} {
			samples = append(samples, sparse.Sample{Stored: stored, Blocks: stored / b, Seconds: v.Time(stored, stored/b)})
		}
	}
	own := v.Time(nonZero, nonZero/block)
	return compileEfficiency(&graph.Model{Graph: g}, map[string]timedNode{"y": {seconds: dense, macs: float64(weights)}},
		map[string]timedNode{"y": {seconds: own, choice: choice}}, map[string][]sparse.Sample{"y": samples}, dense*1e3, own*1e3)
}
