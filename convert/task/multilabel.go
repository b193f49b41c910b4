package task

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph/memory"
)

func init() { kinds[Multilabel] = newMultilabel }

// multilabel takes the first output for scores of labels [N,C] each of which may hold or not. A label
// is said to hold if its probability, the output of a Sigmoid, is over a half, else if its score is
// over 0. What is known of the samples is an array of zeros and ones [N,C].
type multilabel struct {
	base
	over float64
}

func newMultilabel(b base, _ Options) (Task, error) {
	if len(b.outputs()) == 0 {
		return nil, fmt.Errorf("task: the model has no output")
	}
	m := &multilabel{base: b}
	if producer(b.outputs()[0]) == "Sigmoid" {
		m.over = 0.5
	}
	if b.about.How == "" {
		m.about.How = fmt.Sprintf("scores %v, over %g", b.outputs()[0].Type.Shape, m.over)
	}
	return m, nil
}

func (m *multilabel) Truth(d *dataset.Data, samples, labels string) error {
	n, err := known(samples, labels)
	if err != nil {
		return err
	}
	return attach(d, n)
}

func (m *multilabel) Start(d *dataset.Data) (Tally, error) {
	truth, err := truthful(d)
	return &multilabelTally{of: m, truth: truth, samples: d.Samples.Count()}, err
}

// multilabelTally holds the share of equal decisions of each sample and, with labels, the scores.
type multilabelTally struct {
	of      *multilabel
	truth   *dataset.Numbers
	samples int
	same    []float64
	scores  [2][][]float32 // by sample
	holds   [][]bool
}

func (t *multilabelTally) Add(b Batch) error {
	v := t.of.outputs()[0]
	out, err := both(b, v)
	if err != nil {
		return err
	}
	var rows [][]float64
	if t.truth != nil {
		if rows, _, err = rowsOf(t.truth, b); err != nil {
			return err
		}
	}
	for i := range b.Count {
		x, y := out[0][i].data, out[1][i].data
		if len(x) == 0 {
			return fmt.Errorf("output %q: want scores, have none", v.Name)
		}
		equal := 0
		for k := range x {
			if rounding := Tolerance * max(1, t.of.over); (x[k] > t.of.over) == (y[k] > t.of.over) || abs(x[k]-y[k]) <= rounding {
				equal++
			}
		}
		t.same = append(t.same, float64(equal)/float64(len(x)))
		if rows == nil {
			continue
		}
		if len(rows[i]) != len(x) {
			return fmt.Errorf("labels: want %d zeros and ones for each sample as output %q has scores, have %d", len(x), v.Name, len(rows[i]))
		}
		if err := t.hold(rows[i], x, y); err != nil {
			return err
		}
	}
	return nil
}

// hold keeps the scores of a sample.
func (t *multilabelTally) hold(known, x, y []float64) error {
	if len(t.holds) == 0 {
		if err := memory.Hold("the scores of both models", memory.Product(int64(t.samples), int64(len(x)), 9)); err != nil {
			return err
		}
	}
	holds := make([]bool, len(known))
	for k, v := range known {
		if v != 0 && v != 1 {
			return fmt.Errorf("labels: want zeros and ones, have %v for sample %d", v, len(t.holds))
		}
		holds[k] = v == 1
	}
	t.holds = append(t.holds, holds)
	for m, scores := range [2][]float64{x, y} {
		own := make([]float32, len(scores))
		for k, v := range scores {
			own[k] = float32(v)
		}
		t.scores[m] = append(t.scores[m], own)
	}
	return nil
}

func abs(x float64) float64 { return max(x, -x) }

func (t *multilabelTally) Figures(context.Context) (*Figures, error) {
	n := len(t.same)
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, n, []string{"same decisions"}, func(weight []int) []float64 { return []float64{meanOf(t.same, weight)} })
	if len(t.holds) == 0 {
		return f, nil
	}
	classes := len(t.holds[0])
	var order [2][][]int // of the samples by score, by class
	for m := range order {
		for k := range classes {
			by := make([]int, n)
			for i := range by {
				by[i] = i
			}
			slices.SortStableFunc(by, func(i, j int) int { return cmp.Compare(t.scores[m][j][k], t.scores[m][i][k]) })
			order[m] = append(order[m], by)
		}
	}
	f.Metrics = resampled(n, n*classes, []metric{{name: "mean average precision", unit: report.Fraction}}, func(m int, weight []int) []float64 {
		sum, known := 0.0, 0
		for k := range classes {
			p, ok := averagePrecision(order[m][k], func(i int) (float32, bool) { return t.scores[m][i][k], t.holds[i][k] }, weight)
			if ok {
				sum, known = sum+p, known+1
			}
		}
		return []float64{sum / float64(max(1, known))}
	})
	return f, nil
}

// averagePrecision returns the sum over thresholds of precision times what recall gains, as
// scikit-learn's average_precision_score. order lists the samples from the highest score on; samples
// of equal scores share a threshold. It returns ok == false if the label holds for no sample.
func averagePrecision(order []int, of func(i int) (score float32, holds bool), weight []int) (p float64, ok bool) {
	found, seen, gained, before := 0.0, 0.0, 0.0, 0.0
	for at, i := range order {
		score, holds := of(i)
		w := times(weight, i)
		if seen += w; holds {
			found += w
		}
		if at+1 < len(order) {
			if next, _ := of(order[at+1]); next == score {
				continue
			}
		}
		if seen > 0 {
			gained += (found - before) * found / seen
		}
		before = found
	}
	if found == 0 {
		return 0, false
	}
	return gained / found, true
}
