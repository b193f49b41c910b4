package task

import (
	"context"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

func init() { kinds[None] = newNone }

// none compares numbers, and claims nothing of what they mean. Its agreement is the cosine between all
// outputs of one model and of the other.
type none struct{ base }

func newNone(b base, _ Options) (Task, error) {
	if b.about.How == "" {
		b.about.How = "numbers"
	}
	return &none{b}, nil
}

func (n *none) Start(*dataset.Data) (Tally, error) { return &noneTally{}, nil }

// noneTally holds, for each sample, the products that make a cosine.
type noneTally struct{ products [][3]float64 }

func (t *noneTally) Add(b Batch) error {
	var names []string
	for name, x := range b.Outputs[0] {
		if y := b.Outputs[1][name]; x != nil && y != nil && x.DType().IsFloat() && slices.Equal(x.Shape(), y.Shape()) {
			names = append(names, name)
		}
	}
	slices.Sort(names) // sums do not depend on the order of a map
	of := make([][3]float64, b.Count)
	for _, name := range names {
		var x, y []array
		var err error
		if x, err = b.each(0, name); err == nil {
			y, err = b.each(1, name)
		}
		if err != nil {
			return err
		}
		for i := range of {
			for k, v := range x[i].data {
				w := y[i].data[k]
				of[i][0], of[i][1], of[i][2] = of[i][0]+v*w, of[i][1]+v*v, of[i][2]+w*w
			}
		}
	}
	t.products = append(t.products, of...)
	return nil
}

func (t *noneTally) Figures(context.Context) (*Figures, error) {
	n := len(t.products)
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, n, []string{"cosine"}, func(weight []int) []float64 {
		var sum [3]float64
		for i, p := range t.products {
			w := times(weight, i)
			for k := range sum {
				sum[k] += w * p[k]
			}
		}
		return []float64{cosineOf(sum[0], sum[1], sum[2])}
	})
	f.Agreement[0].Unit = report.Number
	return f, nil
}
