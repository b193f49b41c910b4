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

// sweep is what weights are made to be in networks that the model of a machine is fitted to: so many outputs go together, and so much stays.
var sweep = []struct {
	block   int
	density float64
}{{1, .05}, {1, .12}, {1, .25}, {1, .4}, {4, .05}, {4, .12}, {4, .25}, {4, .5}, {4, .75}}

// Runs of each network, and how long they may take, of a sweep and of the model itself.
const (
	sweepRuns  = 15
	sweepLimit = 4 * time.Second
)

// watchedNode is a node as it was seen: the least time, and what was multiplied.
type watchedNode struct {
	seconds, macs float64
	choice        *runtime.Choice
}

// efficiency fits the model of the machine for the nodes of m and holds it against what m takes; nil where no weights of
// m are zero.
func efficiency(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor, threads int, mode runtime.Sparse, progress func(string, int, int)) (*report.Efficiencies, error) {
	total := len(sweep) + 2
	progress("fit", 0, total)
	dense, denseMS, err := watch(ctx, m, feeds, runtime.Options{Threads: threads})
	if err != nil {
		return nil, err
	}
	progress("fit", 1, total)
	own, ms, err := watch(ctx, m, feeds, runtime.Options{Threads: threads, Sparse: mode})
	if err != nil {
		return nil, err
	}
	zeros := false
	for _, n := range own {
		zeros = zeros || n.choice != nil
	}
	if !zeros { // nothing to be told
		return nil, nil
	}
	progress("fit", 2, total)
	samples := map[string][]sparse.Sample{}
	for i, s := range sweep {
		c, err := thinned(m, s.block, s.density)
		if err != nil {
			return nil, err
		}
		seen, _, err := watch(ctx, c, feeds, runtime.Options{Threads: threads, Sparse: runtime.SparseAlways})
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
	return efficiencyOf(m, dense, own, samples, denseMS, ms), nil
}

// storedBy is what the way that was chosen stores; all weights of the dense way.
func storedBy(c *runtime.Choice) (stored, blocks int) {
	for _, w := range c.Ways {
		if w.Way == c.Way && w.Block > 0 {
			return w.Stored, w.Entries
		}
	}
	return c.Weights.Weights, 0
}

// watch gives the least time of each node that computes something, by its first output, and of a run.
func watch(ctx context.Context, m *graph.Model, feeds map[string]*graph.Tensor, o runtime.Options) (map[string]watchedNode, float64, error) {
	s, err := runtime.Compile(m, o)
	if err != nil {
		return nil, 0, err
	}
	p, err := s.Profile(ctx, feeds, sweepRuns, sweepLimit)
	if err != nil {
		return nil, 0, err
	}
	nodes := map[string]watchedNode{}
	for _, st := range p.Steps {
		if st.What() == st.Node.OpName() {
			nodes[st.Node.Out(0).Name] = watchedNode{seconds: st.Min.Seconds(), macs: float64(st.MACs)}
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

// thinned is m with made-up weights of which so much is not zero, so many outputs of them together.
func thinned(m *graph.Model, block int, density float64) (*graph.Model, error) {
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

// efficiencyOf puts together what was seen.
func efficiencyOf(m *graph.Model, dense, own map[string]watchedNode, samples map[string][]sparse.Sample, denseMS, ms float64) *report.Efficiencies {
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
	r.Efficiency = efficiencyFrom(denseMS, ms, r.PredictedMS, macs, left)
	return r
}

// nodeEfficiency is the report of a node, for what it takes dense and as it is. What is computed with its zeros is predicted to take
// what it does so.
func nodeEfficiency(n *graph.Node, dense, own watchedNode, samples []sparse.Sample) report.NodeEfficiency {
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
	e.Efficiency = efficiencyFrom(e.DenseMS, e.MS, e.PredictedMS, float64(e.Weights), float64(e.NonZero))
	return e
}

// efficiencyFrom compares times with the numbers of multiplications.
func efficiencyFrom(dense, own, predicted, all, left float64) report.Efficiency {
	var e report.Efficiency
	if left == 0 || own == 0 || predicted == 0 {
		return e
	}
	e.SpeedUp, e.Theoretical = dense/own, all/left
	e.Rho, e.RhoPredicted = e.SpeedUp/e.Theoretical, dense/predicted/e.Theoretical
	return e
}

// FitEfficiency adds what the machine makes of zeros to the reports of the models.
func FitEfficiency(ctx context.Context, r *report.Report, paths []string, models []*graph.Model, feeds map[string]*graph.Tensor, mode runtime.Sparse, s stage.Settings) error {
	for i, m := range models {
		e, err := efficiency(ctx, m, feeds, s.Threads, mode, s.Report)
		if err != nil {
			return fmt.Errorf("%s: %w", paths[i], err)
		}
		r.Latency[i].Efficiency = e
	}
	return nil
}
