package convert

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// Data is samples to measure models on.
type Data struct {
	// Feeds by input; the first axis of each counts samples.
	Feeds map[string]*graph.Tensor
	// Labels has one class for each sample; nil when they are not known.
	Labels []int
}

// batchSize is how many samples are run at a time where the model lets us choose.
const batchSize = 64

// tally adds up what two models say about the same samples.
type tally struct {
	samples, same    int
	correct          [2]int
	dot, norm, norm2 float64
	apart            float64
}

// measured is what a tally comes to.
type measured struct {
	accuracy  [2]*float64 // nil without labels
	agreement *Agreement
}

// evaluate runs both models over the data. The first output with a class axis decides
// accuracy and agreement; b may be nil.
func evaluate(ctx context.Context, a, b *graph.Model, d *Data, threads int, progress func(done, total int)) (*measured, error) {
	total, err := dataset.Samples(d.Feeds)
	if err != nil {
		return nil, err
	}
	if total == 0 {
		return nil, fmt.Errorf("data: no samples")
	}
	var sessions []*runtime.Session
	for _, m := range []*graph.Model{a, b} {
		if m == nil {
			continue
		}
		s, err := runtime.Compile(m, runtime.Options{Threads: threads})
		if err != nil {
			return nil, err
		}
		sessions = append(sessions, s)
	}
	name, err := scores(a)
	if err != nil {
		return nil, err
	}
	var t tally
	for batch, err := range dataset.Batches(d.Feeds, batchOf(a)) {
		if err != nil {
			return nil, err
		}
		var outs []*graph.Tensor
		for _, s := range sessions {
			out, err := s.Run(ctx, batch.Feeds)
			if err != nil {
				return nil, err
			}
			outs = append(outs, out[name])
		}
		var labels []int
		if d.Labels != nil {
			labels = d.Labels[batch.First : batch.First+batch.Count]
		}
		if err := t.add(outs, labels, batch.Count); err != nil {
			return nil, fmt.Errorf("output %q: %w", name, err)
		}
		if progress != nil {
			progress(batch.First+batch.Count, total)
		}
	}
	return t.measured(len(sessions), d.Labels != nil), nil
}

// scores is the output whose last axis is taken for classes: the first floating-point one of rank 2 or more.
func scores(m *graph.Model) (string, error) {
	for _, v := range m.Graph.Outputs {
		if len(v.Type.Shape) >= 2 && v.Type.DType.IsFloat() {
			return v.Name, nil
		}
	}
	return "", fmt.Errorf("no output has an axis of classes: want a floating-point output of rank 2 or more")
}

// batchOf is how many samples m takes at a time: as many as it was exported for, where that is a number.
func batchOf(m *graph.Model) int {
	for _, v := range m.Graph.Inputs {
		if v.Const == nil && len(v.Type.Shape) > 0 {
			if n, known := v.Type.Shape[0].Value(); known && n > 0 {
				return n
			}
		}
	}
	return batchSize
}

// add counts one batch: the outputs of one or two models.
func (t *tally) add(outs []*graph.Tensor, labels []int, count int) error {
	rows := make([][]float64, len(outs))
	for i, o := range outs {
		v, ok := graph.Floats(o)
		if !ok || o.Rank() < 2 || o.Shape()[0] != count || len(v) != len(rows[0]) && i > 0 {
			return fmt.Errorf("want %d samples of scores, have %v%v", count, o.DType(), o.Shape())
		}
		rows[i] = v
	}
	width := len(rows[0]) / max(1, count)
	if width == 0 {
		return fmt.Errorf("no scores: shape %v", outs[0].Shape())
	}
	for s := range count {
		best := make([]int, len(rows))
		for i, r := range rows {
			best[i] = largest(r[s*width : (s+1)*width])
			if labels != nil && best[i] == labels[s] {
				t.correct[i]++
			}
		}
		if len(rows) == 2 && best[0] == best[1] {
			t.same++
		}
	}
	t.samples += count
	if len(rows) == 2 {
		for i, x := range rows[0] {
			y := rows[1][i]
			t.dot += x * y
			t.norm += x * x
			t.norm2 += y * y
			t.apart = max(t.apart, apart(x, y))
		}
	}
	return nil
}

// largest is the index of the largest element, the first among equals.
func largest(v []float64) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}

func (t *tally) measured(models int, labelled bool) *measured {
	m := &measured{}
	for i := range models {
		if labelled {
			a := float64(t.correct[i]) / float64(t.samples)
			m.accuracy[i] = &a
		}
	}
	if models == 2 {
		m.agreement = &Agreement{Samples: t.samples, Top1: float64(t.same) / float64(t.samples), MaxAbsDiff: t.apart}
		if n := math.Sqrt(t.norm) * math.Sqrt(t.norm2); n > 0 {
			m.agreement.Cosine = t.dot / n
		}
	}
	return m
}
