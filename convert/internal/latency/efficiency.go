package latency

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/runtime"
	"github.com/pollard-dev/pollard/runtime/sparse"
)

// sparsities lists the weights of the networks that the model of the machine is fitted to: how many
// outputs share a block, and which fraction of the weights is not zero.
var sparsities = []struct {
	block   int
	density float64
}{{1, .05}, {1, .12}, {1, .25}, {1, .4}, {4, .05}, {4, .12}, {4, .25}, {4, .5}, {4, .75}}

// sparsityRuns and sparsityLimit bound the runs of each network, and the time they take.
const (
	sparsityRuns  = 15
	sparsityLimit = 4 * time.Second
)

// timedNode is what a profile shows of a node: its least time and its multiply-accumulates.
type timedNode struct {
	seconds, macs float64
	choice        *runtime.Choice
}

// measureEfficiency fits the model of the machine to the nodes of m and compares it with what m
// takes. It returns nil if no weights of m are zero.
func measureEfficiency(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor, threads int, mode runtime.Sparse,
	progress func(string, int, int)) (*report.Efficiencies, error) {
	total := len(sparsities) + 2
	progress("fit", 0, total)
	dense, denseMS, err := profile(ctx, m, feeds, runtime.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	progress("fit", 1, total)
	own, ms, err := profile(ctx, m, feeds, runtime.Options{Threads: threads, Sparse: mode})
	if err != nil {
		return nil, err
	}
	zeros := false
	for _, n := range own {
		zeros = zeros || n.choice != nil
	}
	if !zeros { // nothing to report
		return nil, nil
	}
	progress("fit", 2, total)
	samples := map[string][]sparse.Sample{}
	for i, s := range sparsities {
		c, err := randomSparse(m, s.block, s.density)
		if err != nil {
			return nil, err
		}
		seen, _, err := profile(ctx, c, feeds, runtime.Options{Threads: threads, Sparse: runtime.SparseAlways})
		if err != nil {
			return nil, err
		}
		for name, n := range seen {
			if n.choice != nil {
				stored, blocks := storedBy(n.choice)
				samples[name] = append(samples[name], sparse.Sample{Stored: stored, Blocks: blocks, Seconds: n.seconds})
			}
		}
		progress("fit", 3+i, total)
	}
	return compileEfficiency(m, dense, own, samples, denseMS, ms), nil
}

// storedBy returns how many weights the chosen way stores, and in how many blocks. The dense way
// stores all.
func storedBy(c *runtime.Choice) (stored, blocks int) {
	for _, w := range c.Ways {
		if w.Way == c.Way && w.Block > 0 {
			return w.Stored, w.Entries
		}
	}
	return c.Weights.Weights, 0
}

// profile returns the least time of each node that computes something, by its first output, and of
// a whole run.
func profile(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor, o runtime.Options) (map[string]timedNode, float64, error) {
	s, err := runtime.Compile(m, o)
	if err != nil {
		return nil, 0, err
	}
	p, err := s.Profile(ctx, feeds, sparsityRuns, sparsityLimit)
	if err != nil {
		return nil, 0, err
	}
	nodes := map[string]timedNode{}
	for _, st := range p.Steps {
		if st.What() == st.Node.OpName() {
			nodes[st.Node.Out(0).Name] = timedNode{seconds: st.Min.Seconds(), macs: float64(st.MACs)}
		}
	}
	for _, c := range s.Choices() {
		name := c.Node.Out(0).Name
		n := nodes[name]
		n.choice = &c
		nodes[name] = n
	}
	return nodes, Milli(p.Min), nil
}

// randomSparse returns a copy of m with random weights of the given density, in blocks of that many
// outputs.
func randomSparse(m *graph.Model, block int, density float64) (*graph.Model, error) {
	c, _ := m.Clone()
	if err := op.InferGraph(c.Graph); err != nil {
		return nil, err
	}
	rng := rand.New(rand.NewPCG(uint64(block), math.Float64bits(density)))
	for _, n := range c.Graph.Nodes {
		l := linear.Of(n)
		if l == nil || l.Quantized || l.W().DType() != graph.Float32 || l.Groups > 1 && l.Cols == l.Taps {
			continue
		}
		w := make([]float64, l.Groups*l.Outs*l.Cols)
		for g := range l.Groups {
			for from := 0; from < l.Outs; from += block {
				for col := range l.Cols {
					if rng.Float64() >= density {
						continue
					}
					for out := from; out < min(from+block, l.Outs); out++ {
						w[(g*l.Outs+out)*l.Cols+col] = .1 + rng.Float64()
					}
				}
			}
		}
		l.Write(w, l.Bias())
	}
	return c, nil
}

// compileEfficiency combines the profiles and samples into a report.
func compileEfficiency(m *graph.Model, dense, own map[string]timedNode, samples map[string][]sparse.Sample, denseMS, ms float64) *report.Efficiencies {
	r := &report.Efficiencies{DenseMS: denseMS, MS: ms, PredictedMS: ms}
	var macs, left float64
	judged, within := 0, 0
	for _, n := range m.Graph.Nodes {
		if n.Out(0) == nil {
			continue
		}
		name := n.Out(0).Name
		d, o := dense[name], own[name]
		macs += d.macs
		if o.choice == nil {
			left += d.macs
			continue
		}
		e := nodeEfficiency(n, d, o, samples[name])
		left += d.macs * float64(e.NonZero) / float64(e.Weights)
		r.PredictedMS += e.PredictedMS - e.MS
		if e.Blocks > 0 {
			judged++
			if math.Abs(e.RhoPredicted-e.Rho) <= .15*e.Rho {
				within++
			}
		}
		r.Nodes = append(r.Nodes, e)
	}
	if judged > 0 {
		r.Within = float64(within) / float64(judged)
	}
	r.Efficiency = compareTimes(denseMS, ms, r.PredictedMS, macs, left)
	return r
}

// nodeEfficiency reports on a node, given its times dense and as it is. For a node computed with
// its zeros the prediction is its measured time.
func nodeEfficiency(n *graph.Node, dense, own timedNode, samples []sparse.Sample) report.NodeEfficiency {
	c := own.choice
	e := report.NodeEfficiency{Node: n.Label(), Way: c.Way, Weights: c.Weights.Weights, NonZero: c.Weights.NonZero, DenseMS: dense.seconds * 1e3, MS: own.seconds * 1e3}
	e.Stored, e.Blocks = storedBy(c)
	v, residual := sparse.FitSpeed(samples)
	positions := max(1, dense.macs/float64(max(1, e.Weights)))
	e.BetaPS, e.GammaPS, e.FixedMS, e.Residual = v.Beta*1e12/positions, v.Gamma*1e12/positions, v.Fixed*1e3, residual
	e.PredictedMS, e.Share = e.DenseMS, 1
	if e.Blocks > 0 {
		e.PredictedMS, e.Share = v.Time(e.Stored, e.Blocks)*1e3, v.Share(e.Stored, e.Blocks)
	}
	e.Efficiency = compareTimes(e.DenseMS, e.MS, e.PredictedMS, float64(e.Weights), float64(e.NonZero))
	return e
}

// compareTimes compares times with the numbers of multiplications.
func compareTimes(dense, own, predicted, all, left float64) report.Efficiency {
	var e report.Efficiency
	if left == 0 || own == 0 || predicted == 0 {
		return e
	}
	e.SpeedUp, e.Theoretical = dense/own, all/left
	e.Rho, e.RhoPredicted = e.SpeedUp/e.Theoretical, dense/predicted/e.Theoretical
	return e
}

// FitEfficiency adds to the report of each model how much time leaving out its zeros saves on this
// machine.
func FitEfficiency(ctx context.Context, r *report.Report, paths []string, models []*graph.Model, feeds map[string]*graph.Tensor,
	mode runtime.Sparse, s stage.Settings) error {
	for i, m := range models {
		e, err := measureEfficiency(ctx, m, feeds, s.Threads, mode, s.Report)
		if err != nil {
			return fmt.Errorf("%s: %w", paths[i], err)
		}
		r.Latency[i].Efficiency = e
	}
	return nil
}
