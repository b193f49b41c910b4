package runtime

import (
	"context"
	"fmt"
	"maps"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// Agreement is how alike two sessions answer the same inputs.
type Agreement struct {
	Top1       float64 // share of samples of which both name the same class first
	MaxAbsDiff float64 // largest difference of two output elements
	Cosine     float64 // between all output elements of one and of the other; 1 when both are zero
}

// Top1 counts the rows of logits (samples x classes) whose largest element, the first of equals,
// stands at the label. It fails when the shape is another or the labels are too few.
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

// Diff is the largest absolute difference of two tensors of the same shape and the largest relative to
// the element of b. A NaN or an infinity on one side only makes both infinite.
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

// Accuracy is the share of samples whose label the session's first output puts first. The
// inputs are fed batch samples at a time along axis 0; progress, which may be nil, hears how far it is.
func Accuracy(ctx context.Context, s *Session, inputs map[string]*graph.Tensor, labels []int, batch int, progress func(done, total int)) (float64, error) {
	correct := 0
	total, err := stream(ctx, []*Session{s}, inputs, batch, progress, func(from int, out []*graph.Tensor) error {
		to := from + out[0].Shape()[0]
		if to > len(labels) {
			return fmt.Errorf("labels: want one for each sample, have %d", len(labels))
		}
		n, err := Top1(out[0], labels[from:to])
		correct += n
		return err
	})
	if err != nil {
		return 0, err
	}
	if total != len(labels) {
		return 0, fmt.Errorf("labels: want %d, one for each sample, have %d", total, len(labels))
	}
	return float64(correct) / float64(total), nil
}

// Agree runs both sessions on the inputs as Accuracy does and compares their first outputs.
func Agree(ctx context.Context, a, b *Session, inputs map[string]*graph.Tensor, batch int, progress func(done, total int)) (Agreement, error) {
	var same int
	var agreement Agreement
	var dot, normA, normB float64
	total, err := stream(ctx, []*Session{a, b}, inputs, batch, progress, func(_ int, out []*graph.Tensor) error {
		d, _, err := Diff(out[0], out[1])
		if err != nil {
			return err
		}
		agreement.MaxAbsDiff = max(agreement.MaxAbsDiff, d)
		x, err := classes(out[0])
		if err != nil {
			return err
		}
		y, err := classes(out[1])
		if err != nil {
			return err
		}
		for i := range x {
			if argmax(x[i]) == argmax(y[i]) {
				same++
			}
			for j := range x[i] {
				dot, normA, normB = dot+x[i][j]*y[i][j], normA+x[i][j]*x[i][j], normB+y[i][j]*y[i][j]
			}
		}
		return nil
	})
	if err != nil {
		return Agreement{}, err
	}
	agreement.Top1 = float64(same) / float64(total)
	if agreement.Cosine = dot / math.Sqrt(normA*normB); normA == 0 && normB == 0 {
		agreement.Cosine = 1
	}
	return agreement, nil
}

// stream feeds the inputs to every session, batch samples at a time, and hands their first
// outputs to take together with the number of the batch's first sample.
func stream(ctx context.Context, sessions []*Session, inputs map[string]*graph.Tensor, batch int, progress func(done, total int), take func(from int, out []*graph.Tensor) error) (total int, err error) {
	if total, batch, err = sessions[0].samples(inputs, batch); err != nil {
		return 0, err
	}
	for from := 0; from < total; from += batch {
		to := min(total, from+batch)
		feeds, err := sessions[0].batch(inputs, from, to)
		if err != nil {
			return 0, err
		}
		out := make([]*graph.Tensor, len(sessions))
		for i, s := range sessions {
			if len(s.model.Graph.Outputs) == 0 {
				return 0, fmt.Errorf("the model has no output")
			}
			values, err := s.Run(ctx, feeds)
			if err != nil {
				return 0, err
			}
			out[i] = values[s.model.Graph.Outputs[0].Name]
			if out[i].Rank() == 0 || out[i].Shape()[0] != to-from {
				return 0, fmt.Errorf("output %q: want %d samples on axis 0, have %v", s.model.Graph.Outputs[0].Name, to-from, out[i].Shape())
			}
		}
		if err := take(from, out); err != nil {
			return 0, err
		}
		if progress != nil {
			progress(to, total)
		}
	}
	return total, nil
}

// samples is the number of samples that the inputs hold and how many are fed at a time: batch, or
// what the model was exported for where that is a number.
func (s *Session) samples(inputs map[string]*graph.Tensor, batch int) (total, each int, err error) {
	total, each = -1, batch
	for _, v := range s.batched() {
		t := inputs[v.Name]
		if t == nil || t.Rank() == 0 {
			continue // Run says what is wrong, if anything is
		}
		n := t.Shape()[0]
		if total >= 0 && n != total {
			return 0, 0, fmt.Errorf("input %q: want %d samples on axis 0 as the others have, have %d", v.Name, total, n)
		}
		total = n
		if v.Type.Shape == nil {
			continue
		}
		if fixed, known := v.Type.Shape[0].Value(); known {
			if fixed == 0 || n%fixed != 0 {
				return 0, 0, fmt.Errorf("input %q: %d samples do not divide into batches of %d, which the model wants", v.Name, n, fixed)
			}
			each = fixed
		}
	}
	switch {
	case total <= 0:
		return 0, 0, fmt.Errorf("no samples: want inputs with samples on axis 0")
	case each < 1:
		return 0, 0, fmt.Errorf("batch: want a positive number, have %d", batch)
	}
	return total, each, nil
}

// batched are the inputs whose axis 0 counts samples: those where its extent is open or, when
// it is a number in all of them, all.
func (s *Session) batched() (values []*graph.Value) {
	for _, open := range []bool{true, false} {
		for _, v := range s.model.Graph.Inputs {
			if len(v.Type.Shape) == 0 && v.Type.Shape != nil || v.Const != nil {
				continue
			}
			if !open || v.Type.Shape == nil || !v.Type.Shape[0].Known() {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			break
		}
	}
	return values
}

// batch is the samples from up to, not including, to of the batched inputs, and the others whole.
func (s *Session) batch(inputs map[string]*graph.Tensor, from, to int) (map[string]*graph.Tensor, error) {
	feeds := maps.Clone(inputs)
	for _, v := range s.batched() {
		t := inputs[v.Name]
		if t == nil || t.Rank() == 0 {
			continue
		}
		if t.DType().Bits() < 8 {
			return nil, fmt.Errorf("input %q: samples of type %v are not supported", v.Name, t.DType())
		}
		size := len(t.Raw()) / t.Shape()[0]
		part, err := graph.FromRaw(t.DType(), append([]int{to - from}, t.Shape()[1:]...), t.Raw()[from*size:to*size])
		if err != nil {
			return nil, err
		}
		feeds[v.Name] = part
	}
	return feeds, nil
}

// classes are the rows of a tensor of samples x classes.
func classes(t *graph.Tensor) ([][]float64, error) {
	v, ok := graph.Floats(t)
	if !ok || t.Rank() != 2 || t.Shape()[1] == 0 {
		return nil, fmt.Errorf("want numbers of shape [samples,classes], have %v%v", t.DType(), t.Shape())
	}
	rows := make([][]float64, t.Shape()[0])
	for i := range rows {
		rows[i] = v[i*t.Shape()[1] : (i+1)*t.Shape()[1]]
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
