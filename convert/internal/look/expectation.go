package look

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Norm compares what the first BatchNormalization of a model meets with what it met in training.
type Norm struct {
	node  *graph.Node
	run   *runtime.Session
	taken *graph.Value // what it reads, in the part
	means []float64    // of training
	vars  []float64
	sum   []float64
	sq    []float64
	n     float64
}

// FirstNorm returns the Norm of m, or nil if it has none with constant statistics that nodes lead to
// whose other inputs are constant.
func FirstNorm(m *graph.Model, threads int) *Norm {
	at := slices.IndexFunc(m.Graph.Nodes, func(n *graph.Node) bool { return n.Op == "BatchNormalization" && n.Domain == "" })
	if at < 0 {
		return nil
	}
	node := m.Graph.Nodes[at]
	in := node.Inputs()
	if len(in) < 5 || in[0] == nil {
		return nil
	}
	if by, _ := in[0].Def(); by == nil {
		return nil
	}
	x := &Norm{node: node}
	for _, p := range []struct {
		of *graph.Value
		to *[]float64
	}{{in[3], &x.means}, {in[4], &x.vars}} {
		if p.of == nil || p.of.Const == nil {
			return nil
		}
		v, ok := graph.Floats(p.of.Const)
		if !ok {
			return nil
		}
		*p.to = v
	}
	part, copies, err := m.Part(ancestors(m.Graph.Nodes[:at], in[0]), []*graph.Value{in[0]})
	if err != nil {
		return nil
	}
	x.taken = copies[in[0]]
	for _, v := range part.Graph.Inputs { // the types of the original's inputs
		if w := m.Graph.Value(v.Name); w != nil {
			v.Type = w.Type
		}
	}
	if x.run, err = runtime.Compile(part, runtime.Options{Threads: threads}); err != nil {
		return nil
	}
	x.sum, x.sq = make([]float64, len(x.means)), make([]float64, len(x.means))
	return x
}

// ancestors returns those of the nodes that v depends on, in their order.
func ancestors(nodes []*graph.Node, v *graph.Value) []*graph.Node {
	wanted := map[*graph.Value]bool{v: true}
	var kept []*graph.Node
	for _, n := range slices.Backward(nodes) {
		if !slices.ContainsFunc(n.Outputs(), func(v *graph.Value) bool { return v != nil && wanted[v] }) {
			continue
		}
		kept = append(kept, n)
		for _, v := range n.Reads() {
			wanted[v] = true
		}
	}
	slices.Reverse(kept)
	return kept
}

// Add runs the part of the model that leads to the node on a batch. It reports false if that fails.
func (x *Norm) Add(ctx context.Context, feeds map[string]*graph.Tensor) bool {
	own := map[string]*graph.Tensor{}
	for _, v := range x.run.Model().Graph.Inputs {
		if t := feeds[v.Name]; t != nil {
			own[v.Name] = t
		}
	}
	out, err := x.run.Run(ctx, own)
	if err != nil {
		return false
	}
	t := out[x.taken.Name]
	dims := t.Shape()
	if len(dims) < 2 || dims[1] != len(x.means) {
		return false
	}
	stride := 1
	for _, n := range dims[2:] {
		stride *= n
	}
	values, ok := graph.Floats(t)
	for i, v := range values {
		c := i / stride % dims[1]
		d := v - x.means[c]
		x.sum[c] += d
		x.sq[c] += d * d
	}
	x.n += float64(len(values) / max(1, dims[1]))
	return ok
}

// Report returns the comparison, in medians over the channels.
func (x *Norm) Report() *report.NormFigures {
	var shifts, ratios []float64
	for c := range x.means {
		if x.n == 0 || !(x.vars[c] > 0) {
			continue
		}
		mean := x.sum[c] / x.n
		shifts = append(shifts, math.Abs(mean)/math.Sqrt(x.vars[c]))
		ratios = append(ratios, math.Sqrt(max(0, x.sq[c]/x.n-mean*mean)/x.vars[c]))
	}
	if len(shifts) == 0 {
		return nil
	}
	slices.Sort(shifts)
	slices.Sort(ratios)
	return &report.NormFigures{Node: x.node.Name, Shift: report.Finite(shifts[len(shifts)/2]), Spread: report.Finite(ratios[len(ratios)/2])}
}

// The comparison is suspicious beyond these. A few hundred samples like those of training stay within
// 0.1 and 1.1; leaving out the standard deviation of ImageNet gives a spread of about 0.25.
const (
	mostShift  = 0.5
	mostSpread = 1.7
)

// Warnings says what is unlike what normalisation gives: where the model tells by its first
// BatchNormalization, by that, else by the numbers themselves.
func Warnings(inputs []report.InputFigures, norm *report.NormFigures) (warnings []string) {
	if norm != nil && (norm.Shift > mostShift || norm.Spread > mostSpread || norm.Spread < 1.0/mostSpread) {
		warnings = append(warnings, fmt.Sprintf("the first BatchNormalization, %q, meets other numbers than in training: means are %.3g standard deviations off, deviations %.3g times as large (medians over its channels); scale, mean, std or the order of channels are wrong",
			norm.Node, norm.Shift, norm.Spread))
	}
	for _, in := range inputs {
		said := len(warnings)
		for c, f := range in.Channels {
			if len(warnings) > said { // the others will be alike
				break
			}
			where := fmt.Sprintf("input %q", in.Name)
			if len(in.Channels) > 1 {
				where += fmt.Sprintf(", channel %d", c)
			}
			switch {
			case f.Min == f.Max:
				warnings = append(warnings, fmt.Sprintf("%s: all numbers are %.4g", where, f.Min))
			case !in.Float || !in.Picture || norm != nil:
			case f.Max > 20 && f.Min >= 0:
				warnings = append(warnings, fmt.Sprintf("%s: numbers from %.4g to %.4g look like pixels that were not scaled; most models expect about 0 to 1, or a mean of 0 and a standard deviation of 1", where, f.Min, f.Max))
			case math.Abs(f.Mean) > 3 || f.Std > 5 || f.Std < 0.02:
				warnings = append(warnings, fmt.Sprintf("%s: a mean of %.4g and a standard deviation of %.4g are unlike what normalisation gives, about 0 and 1", where, f.Mean, f.Std))
			}
		}
	}
	return warnings
}
