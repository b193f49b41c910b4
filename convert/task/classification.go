package task

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

func init() { kinds[Classification] = newClassification }

// Accuracy is the name of the metric of classifiers: the share of samples whose label has the highest
// score.
const Accuracy = "accuracy"

// classification takes outputs for scores of classes: [N,C], further axes of extent 1, or one score
// for each sample, which tells between two classes. Each such output is a head of its own, and the
// first is the headline. Whole numbers are taken for numbers of classes.
type classification struct {
	base
	half []bool // by output: one score is a probability
}

func newClassification(b base, _ Options) (Task, error) {
	if len(b.outputs()) == 0 {
		return nil, fmt.Errorf("task: the model has no output")
	}
	c := &classification{base: b}
	for _, v := range b.outputs() {
		c.half = append(c.half, producer(v) == "Sigmoid")
	}
	if b.about.How == "" {
		c.about.How = fmt.Sprintf("scores %v", b.outputs()[0].Type.Shape)
	}
	return c, nil
}

// Truth leaves numbers of classes where they are read.
func (c *classification) Truth(*dataset.Data, string, string) error { return nil }

func (c *classification) Start(d *dataset.Data) (Tally, error) {
	t := &classTally{of: c, labels: d.Labels, heads: make([]head, len(c.outputs()))}
	if d.Labels != nil && len(d.Labels) != d.Samples.Count() {
		return nil, fmt.Errorf("labels: want %d, one for each sample, have %d", d.Samples.Count(), len(d.Labels))
	}
	return t, nil
}

// classTally holds a few bits for each sample.
type classTally struct {
	of      *classification
	labels  []int
	heads   []head
	samples int
	classes int // of the first head
	first   [2][]bool
	five    [2][]bool
	byClass map[int]*report.ClassLoss
}

// head is what is held of one output.
type head struct {
	same  []bool
	other bool // the output is of another form
}

func (t *classTally) Add(b Batch) error {
	for h, v := range t.of.outputs() {
		if t.heads[h].other {
			continue
		}
		rows, err := t.rows(b, h, v)
		if err != nil && h > 0 {
			t.heads[h].other = true
			continue
		}
		if err != nil {
			return err
		}
		for i := range b.Count {
			t.heads[h].same = append(t.heads[h].same, sameClass(rows[0][i], rows[1][i]))
		}
		if h == 0 && t.labels != nil {
			if err := t.judge(b, rows); err != nil {
				return err
			}
		}
	}
	t.samples += b.Count
	return nil
}

// rows returns the scores of each sample by both models.
func (t *classTally) rows(b Batch, h int, v *graph.Value) (rows [2][][]float64, err error) {
	for m := range rows {
		parts, err := b.each(m, v.Name)
		if err != nil {
			return rows, err
		}
		for _, p := range parts {
			if len(p.data) == 0 || len(p.shape) > 0 && p.shape[0] != len(p.data) {
				return rows, fmt.Errorf("output %q: want scores of shape [samples,classes], have %v for each sample; --task says what else they are", v.Name, graph.ShapeOf(p.shape...))
			}
			rows[m] = append(rows[m], t.scores(h, b.Outputs[m][v.Name].DType(), p.data))
		}
	}
	return rows, nil
}

// scores returns the scores of classes: of two if there is one number, of a class that is given by
// its number as 1 among zeros.
func (t *classTally) scores(h int, d graph.DType, x []float64) []float64 {
	switch {
	case len(x) > 1:
		return x
	case !d.IsFloat():
		const most = 1 << 16 // of a class that is worth a table
		s := make([]float64, 1+min(max(0, int(x[0])), most))
		s[len(s)-1] = 1
		return s
	case t.of.half[h]:
		return []float64{1 - x[0], x[0]}
	default:
		return []float64{0, x[0]}
	}
}

// judge compares the scores of the first output with the labels.
func (t *classTally) judge(b Batch, rows [2][][]float64) error {
	whole := !b.Outputs[0][t.of.outputs()[0].Name].DType().IsFloat()
	for i := range b.Count {
		l := t.labels[b.First+i]
		if n := len(rows[0][i]); l >= n && !whole {
			return fmt.Errorf("labels: sample %d has label %d, and the model's classes are 0 to %d", b.First+i, l, n-1)
		}
		if t.byClass == nil {
			t.byClass = map[int]*report.ClassLoss{}
		}
		of := t.byClass[l]
		if of == nil {
			of = &report.ClassLoss{Class: l}
			t.byClass[l] = of
		}
		of.Samples++
		for m := range rows {
			row := rows[m][i]
			rank := math.MaxInt
			if l < len(row) {
				rank = rankOf(row, l)
			}
			t.first[m], t.five[m] = append(t.first[m], rank == 0), append(t.five[m], rank < 5)
			t.classes = max(t.classes, len(row))
		}
		if t.first[0][len(t.first[0])-1] {
			of.Original++
		}
		if t.first[1][len(t.first[1])-1] {
			of.Pruned++
		}
	}
	return nil
}

// rankOf returns how many classes come before a class. The first of equal scores comes first, and a
// score that is not a number last.
func rankOf(x []float64, class int) (rank int) {
	own := x[class]
	for i, v := range x {
		if v > own || v == own && i < class || math.IsNaN(own) && (!math.IsNaN(v) || i < class) {
			rank++
		}
	}
	return rank
}

// sameClass reports whether two models decide for the same class, or one of them decides between the
// two by no more than rounding.
func sameClass(a, b []float64) bool {
	i, j := largest(a), largest(b)
	return i == j || near(a, i, j) || near(b, j, i)
}

// near reports whether element j is as large as the largest, i, but for rounding.
func near(x []float64, i, j int) bool {
	if j >= len(x) {
		return false
	}
	most := 0.0
	for _, v := range x {
		most = max(most, math.Abs(v))
	}
	return x[i]-x[j] <= Tolerance*most
}

func (t *classTally) Figures(context.Context) (*Figures, error) {
	f := &Figures{Samples: t.samples}
	for h, v := range t.of.outputs() {
		switch {
		case t.heads[h].other:
		case h == 0:
			f.Agreement = append(f.Agreement, shareOf("same class", t.heads[h].same))
		default:
			f.Agreement = append(f.Agreement, shareOf(fmt.Sprintf("same class of output %q", v.Name), t.heads[h].same))
		}
	}
	if t.labels == nil {
		return f, nil
	}
	f.Metrics = []report.Metric{shares(Accuracy, t.first)}
	if t.classes > 5 {
		f.Metrics = append(f.Metrics, shares("top-5 accuracy", t.five))
	}
	f.Classes = lostMost(t.byClass)
	return f, nil
}

// classesListed is how many of the classes that lost most are listed.
const classesListed = 10

// lostMost returns the classes of which the pruned model gets fewest samples right that the original
// does.
func lostMost(all map[int]*report.ClassLoss) (classes []report.ClassLoss) {
	for _, c := range all {
		if c.Original > c.Pruned {
			classes = append(classes, *c)
		}
	}
	slices.SortFunc(classes, func(a, b report.ClassLoss) int {
		return cmp.Or(cmp.Compare(b.Original-b.Pruned, a.Original-a.Pruned), cmp.Compare(a.Class, b.Class))
	})
	return classes[:min(classesListed, len(classes))]
}
