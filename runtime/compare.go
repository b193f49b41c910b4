package runtime

import (
	"context"
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// Agreement measures how closely two sessions agree on the same inputs.
type Agreement struct {
	Top1       float64 // fraction of samples whose largest element is at the same position
	MaxAbsDiff float64 // largest absolute difference between two output elements
	Cosine     float64 // over all output elements of both sessions; 1 if all are zero
}

// Top1 counts the rows of logits (samples x classes) whose largest element is at the label. The
// first of equal elements counts. Top1 fails if logits has another shape or there are too few
// labels.
func Top1(logits *graph.Tensor, labels []int) (correct int, err error) {
	rows, err := classes(logits)
	if err != nil {
		return 0, err
	}
	if len(rows) != len(labels) {
		return 0, fmt.Errorf("labels: want %d, one for each sample, have %d", len(rows), len(labels))
	}
	for i, r := range rows {
		if argmax(r) == labels[i] {
			correct++
		}
	}
	return correct, nil
}

// Diff returns the largest absolute difference between two tensors of the same shape, and the
// largest difference relative to the element of b. A NaN or an infinity on one side only makes both
// infinite.
func Diff(a, b *graph.Tensor) (maxAbs, maxRel float64, err error) {
	if a.DType() != b.DType() || fmt.Sprint(a.Shape()) != fmt.Sprint(b.Shape()) {
		return 0, 0, fmt.Errorf("%v%v and %v%v cannot be compared", a.DType(), a.Shape(), b.DType(), b.Shape())
	}
	x, okX := graph.Floats(a)
	y, okY := graph.Floats(b)
	if !okX || !okY {
		return 0, 0, fmt.Errorf("elements of type %v are not supported", a.DType())
	}
	for i := range x {
		if x[i] == y[i] || (math.IsNaN(x[i]) && math.IsNaN(y[i])) {
			continue
		}
		d := math.Abs(x[i] - y[i])
		if math.IsNaN(d) {
			d = math.Inf(1)
		}
		maxAbs, maxRel = max(maxAbs, d), max(maxRel, d/math.Abs(y[i]))
		if math.IsInf(d, 1) {
			maxRel = d
		}
	}
	return maxAbs, maxRel, nil
}

// Comparison is the result of running several sessions on the same samples.
type Comparison struct {
	Samples int
	// Accuracy is, for each session, the fraction of samples whose label has the highest score in
	// the first output. It is nil without labels.
	Accuracy []float64
	// Agreement compares the first two sessions. It is nil if there is only one.
	Agreement *Agreement
}

// Compare runs every session on the inputs, batch samples at a time along axis 0, and compares
// their first outputs. Labels holds a class for each sample and may be nil. If progress is not nil,
// it is called after each batch.
func Compare(ctx context.Context, sessions []*Session, inputs Inputs, labels []int, batch int, progress func(done, total int)) (*Comparison, error) {
	correct := make([]int, len(sessions))
	var t tally
	total, err := stream(ctx, sessions, inputs, batch, progress, func(from int, out []*graph.Tensor) error {
		for i, o := range out {
			if labels == nil {
				break
			}
			if o.Rank() == 2 {
				if err := checkLabels(labels, from, o.Shape()[0], o.Shape()[1]); err != nil {
					return err
				}
			}
			n, err := Top1(o, labels[from:min(from+o.Shape()[0], len(labels))])
			if err != nil {
				return err
			}
			correct[i] += n
		}
		if len(out) > 1 {
			return t.add(out[0], out[1])
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	c := &Comparison{Samples: total}
	if labels != nil {
		if total != len(labels) {
			return nil, fmt.Errorf("labels: want %d, one for each sample, have %d", total, len(labels))
		}
		for _, n := range correct {
			c.Accuracy = append(c.Accuracy, float64(n)/float64(total))
		}
	}
	if len(sessions) > 1 {
		c.Agreement = t.agreement(total)
	}
	return c, nil
}

// checkLabels checks the labels of n samples, the first of which has the number from. It returns an
// error if there are too few labels or one of them is not below classes.
func checkLabels(labels []int, from, n, classes int) error {
	if from+n > len(labels) {
		return fmt.Errorf("labels: want one for each sample, have %d", len(labels))
	}
	for i, l := range labels[from : from+n] {
		if err := CheckLabel(l, from+i, classes); err != nil {
			return err
		}
	}
	return nil
}

// CheckLabel returns an error if the label of a sample is not one of the given number of classes.
func CheckLabel(label, sample, classes int) error {
	if label >= 0 && label < classes {
		return nil
	}
	return fmt.Errorf("labels: sample %d has label %d, and the model's classes are 0 to %d", sample, label, classes-1)
}

// tally accumulates the agreement of two outputs.
type tally struct {
	same                          int
	maxAbsDiff, dot, normA, normB float64
}

func (t *tally) add(a, b *graph.Tensor) error {
	d, _, err := Diff(a, b)
	if err != nil {
		return err
	}
	t.maxAbsDiff = max(t.maxAbsDiff, d)
	x, err := samplesOf(a)
	if err != nil {
		return err
	}
	y, err := samplesOf(b)
	if err != nil {
		return err
	}
	for i := range x {
		if argmax(x[i]) == argmax(y[i]) {
			t.same++
		}
		for j := range x[i] {
			t.dot, t.normA, t.normB = t.dot+x[i][j]*y[i][j], t.normA+x[i][j]*x[i][j], t.normB+y[i][j]*y[i][j]
		}
	}
	return nil
}

func (t *tally) agreement(samples int) *Agreement {
	a := &Agreement{Top1: float64(t.same) / float64(samples), MaxAbsDiff: t.maxAbsDiff, Cosine: 1}
	if t.normA != 0 || t.normB != 0 {
		a.Cosine = t.dot / (math.Sqrt(t.normA) * math.Sqrt(t.normB))
	}
	return a
}

// Outputs are what a session computed of one batch, by the names of its outputs.
type Outputs = map[string]*graph.Tensor

// Stream feeds the inputs to every session, batch samples at a time along axis 0, or as many as the
// models were exported for. For each batch it calls take with the number of the batch's first sample,
// the number of its samples, the feeds, and the outputs of each session. If progress is not nil, it is
// called after each batch. Stream returns the number of samples. Inputs with a method Alone that
// returns true are sets of inputs, of which each is run on its own.
func Stream(ctx context.Context, sessions []*Session, inputs Inputs, batch int, progress func(done, total int),
	take func(from, count int, feeds Outputs, out []Outputs) error) (total int, err error) {
	total = inputs.Count()
	if a, sets := inputs.(interface{ Alone() bool }); sets && a.Alone() && total > 0 {
		batch = 1
	} else if batch, err = sessions[0].each(total, batch); err != nil {
		return 0, err
	}
	for from := 0; from < total; from += batch {
		to := min(total, from+batch)
		feeds, err := inputs.Read(from, to)
		if err != nil {
			return 0, err
		}
		out := make([]Outputs, len(sessions))
		for i, s := range sessions {
			if out[i], err = s.Run(ctx, feeds); err != nil {
				return 0, err
			}
		}
		if err := take(from, to-from, feeds, out); err != nil {
			return 0, err
		}
		if progress != nil {
			progress(to, total)
		}
	}
	return total, nil
}

// stream is Stream for the sessions' first outputs, whose axis 0 must count samples.
func stream(ctx context.Context, sessions []*Session, inputs Inputs, batch int, progress func(done, total int), take func(from int, out []*graph.Tensor) error) (total int, err error) {
	for _, s := range sessions {
		if len(s.model.Graph.Outputs) == 0 {
			return 0, fmt.Errorf("the model has no output")
		}
	}
	return Stream(ctx, sessions, inputs, batch, progress, func(from, count int, _ Outputs, all []Outputs) error {
		out := make([]*graph.Tensor, len(sessions))
		for i, s := range sessions {
			name := s.model.Graph.Outputs[0].Name
			out[i] = all[i][name]
			if out[i].Rank() == 0 || out[i].Shape()[0] != count {
				return fmt.Errorf("output %q: want %d samples on axis 0, have %v", name, count, out[i].Shape())
			}
		}
		return take(from, out)
	})
}

// classes returns the rows of a tensor of samples x classes.
func classes(t *graph.Tensor) ([][]float64, error) {
	if t.Rank() != 2 {
		return nil, fmt.Errorf("want scores of shape [samples,classes], have %v%v", t.DType(), t.Shape())
	}
	return samplesOf(t)
}

// samplesOf returns the elements of each sample.
func samplesOf(t *graph.Tensor) ([][]float64, error) {
	v, ok := graph.Floats(t)
	if !ok || t.Rank() == 0 || len(v) == 0 {
		return nil, fmt.Errorf("want numbers with samples on axis 0, have %v%v", t.DType(), t.Shape())
	}
	rows := make([][]float64, t.Shape()[0])
	width := len(v) / len(rows)
	for i := range rows {
		rows[i] = v[i*width : (i+1)*width]
	}
	return rows, nil
}

func argmax(v []float64) int {
	best := 0
	for i, x := range v {
		if x > v[best] {
			best = i
		}
	}
	return best
}
