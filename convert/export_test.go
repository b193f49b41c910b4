package convert

import (
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
	"github.com/pollard-dev/pollard/runtime/sparse"
)

// Difference lets tests compare outputs as the proof does.
var Difference = difference

// LiveBytes and RepairFeeds are liveBytes and repairFeeds, for tests.
var (
	LiveBytes   = liveBytes
	RepairFeeds = repairFeeds
)

// Digest is digest, for tests.
var Digest = digest

// ProveSimplified and ProofTolerance are proveSimplified and proofTolerance, for tests.
var ProveSimplified = proveSimplified

const ProofTolerance = proofTolerance

// Speed is sparse.Speed.
type Speed = sparse.Speed

// EfficiencyOfOne is the report of a network of one node of so many weights, some of them not zero, in blocks, on a machine of that
// speed, which takes the dense node so many seconds.
func EfficiencyOfOne(weights, nonZero, block int, dense float64, v Speed) *EfficiencyReport {
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
	return efficiencyOf(&graph.Model{Graph: g}, map[string]watchedNode{"y": {seconds: dense, macs: float64(weights)}},
		map[string]watchedNode{"y": {seconds: own, choice: choice}}, map[string][]sparse.Sample{"y": samples}, dense*1e3, own*1e3)
}

// Wilson is wilson, and PairedDifference that of so many samples that both, only the first, only the second or neither of two models
// has right, for tests.
var Wilson = wilson

func PairedDifference(both, first, second, neither int) (float64, Interval) {
	return pairs{both, first, second, neither}.difference()
}
