package task

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

func init() { kinds[Regression] = newRegression }

// regression takes the first output for numbers: [N], [N,K], pictures. Labels are numbers of the same
// extents. R2 is the share of the variance that is explained, from all elements of all samples: 1 is
// best, and 0 is what the mean of each element gives.
type regression struct{ base }

func newRegression(b base, _ Options) (Task, error) {
	if len(b.outputs()) == 0 {
		return nil, fmt.Errorf("task: the model has no output")
	}
	if b.about.How == "" {
		b.about.How = fmt.Sprintf("numbers %v", b.outputs()[0].Type.Shape)
	}
	return &regression{b}, nil
}

func (r *regression) Truth(d *dataset.Data, samples, labels string) error {
	n, err := known(samples, labels)
	if err != nil {
		return err
	}
	return attach(d, n)
}

func (r *regression) Start(d *dataset.Data) (Tally, error) {
	truth, err := truthful(d)
	return &regressionTally{of: r, truth: truth}, err
}

// regressionTally holds a few numbers for each sample. The variance is that of all elements of one
// model's or the labels' numbers around their mean, so that sums for each sample are enough.
type regressionTally struct {
	of    *regression
	truth *dataset.Numbers
	// original compares the pruned model with the original, labels both with the labels.
	original []residual
	labels   [2][]residual
}

// residual is what one sample contributes.
type residual struct {
	n, sum, squares float64 // of what is aimed at
	square, off     float64 // of the differences
}

func residualOf(want, have []float64) residual {
	r := residual{n: float64(len(want))}
	for i, w := range want {
		d := have[i] - w
		r.sum, r.squares, r.square, r.off = r.sum+w, r.squares+w*w, r.square+d*d, r.off+math.Abs(d)
	}
	return r
}

// explained returns R2 and the mean absolute error.
func explained(all []residual, weight []int) (r2, mae float64) {
	var s residual
	for i, r := range all {
		w := times(weight, i)
		s.n, s.sum, s.squares, s.square, s.off = s.n+w*r.n, s.sum+w*r.sum, s.squares+w*r.squares, s.square+w*r.square, s.off+w*r.off
	}
	if s.n == 0 {
		return 0, 0
	}
	switch variance := s.squares - s.sum*s.sum/s.n; {
	case s.square == 0:
		r2 = 1
	case variance > 0:
		r2 = 1 - s.square/variance
	}
	return r2, s.off / s.n
}

func (t *regressionTally) Add(b Batch) error {
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
		t.original = append(t.original, residualOf(out[0][i].data, out[1][i].data))
		for m := range out {
			if rows == nil {
				break
			}
			if len(rows[i]) != len(out[m][i].data) {
				return fmt.Errorf("labels: want %v numbers for each sample as output %q has, have %d", out[m][i].shape, v.Name, len(rows[i]))
			}
			t.labels[m] = append(t.labels[m], residualOf(rows[i], out[m][i].data))
		}
	}
	return nil
}

func (t *regressionTally) Figures(context.Context) (*Figures, error) {
	n := len(t.original)
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, n, []string{"R2", "mean absolute difference"}, func(weight []int) []float64 {
		r2, mae := explained(t.original, weight)
		return []float64{r2, mae}
	})
	f.Agreement[0].Unit, f.Agreement[1].Unit = report.Number, report.Number
	if t.truth != nil {
		f.Metrics = resampled(n, n, []metric{{name: "R2", unit: report.Fraction}, {name: "mean absolute error", unit: report.Number, lower: true}}, func(m int, weight []int) []float64 {
			r2, mae := explained(t.labels[m], weight)
			return []float64{r2, mae}
		})
	}
	return f, nil
}
