package recovery

import (
	"errors"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/linear"
)

// problem is one linear node of the cut network and what it should compute.
type problem struct {
	*walker
	*linear.Map
	full          *linear.Map // the counterpart in the original
	counterpart   *graph.Node
	weights, bias []float64 // the present ones
	whole         bool      // weights and bias may change, not the bias alone

	kept []int // the original's positions on the axis of outputs; nil means all
	// leading has, for each other axis of the output, the original's positions if the axis was cut.
	leading  [][]int
	narrowed bool // some other axis was cut
	// stream and originalStream are what the result is added to, in the cut network and in the
	// original. They are nil if it is not added to anything, or if the other operand is not
	// computed yet.
	stream, originalStream *graph.Value
	// bounds is the activation right behind the result, or behind its stream; nil if there is none.
	bounds *bounds

	// operands holds what the weights multiply in the cut network, by batch. offset is what is
	// added behind the counterpart to each remaining output: its bias, if its own output does not
	// include it yet.
	operands []*graph.Tensor
	offset   []float64
}

// aim finds which of the original's outputs remain, and whether to make up for drift in a stream:
// what upstream repairs could not restore in the other operand of an Add.
func (p *problem) aim() {
	y := p.counterpart.Out(0)
	p.kept = p.Analysis.Kept(p.Plan, y, p.Out)
	p.leading = make([][]int, len(y.Type.Shape))
	for d := range y.Type.Shape {
		if d != p.Out {
			p.leading[d] = p.Analysis.Kept(p.Plan, y, d)
			p.narrowed = p.narrowed || p.leading[d] != nil
		}
	}
	p.bounds = boundsBehind(p.Result)
	if p.full.HasBias && p.full.Result != y {
		p.offset = p.full.Bias()
		if p.kept != nil {
			for i, k := range p.kept {
				p.offset[i] = p.offset[k]
			}
		}
	}
	if p.alone {
		return
	}
	add := linear.OnlyReader(p.Result)
	if add == nil || add.Op != "Add" || add.Domain != "" {
		return
	}
	other := add.In(0)
	if other == p.Result {
		other = add.In(1)
	}
	if other == p.Result || !p.cut.has(other) {
		return
	}
	v := p.Original.Graph.Value(other.Name)
	if !p.original.has(v) || p.cut.at(other, 0).DType() != graph.Float32 {
		return
	}
	p.stream, p.originalStream = other, v
	p.bounds = boundsBehind(add.Out(0))
}

// look computes what the weights multiply in every batch.
func (p *problem) look() error {
	p.operands = make([]*graph.Tensor, len(p.cut.live))
	errs := make([]error, len(p.cut.live))
	passes.Parallel(p.Threads, len(p.cut.live), func(b int) {
		p.operands[b], errs[b] = p.Seen(p.cut.at(p.X(), b))
	})
	return errors.Join(errs...)
}

// ones returns 1 if a last column of ones stands for the bias, and 0 otherwise.
func (p *problem) ones() int {
	if p.bias == nil {
		return 0
	}
	return 1
}

// draw chooses the rows to learn from and the held-out rows.
func (p *problem) draw(label string) (train, held rows) {
	totals, total := make([]int, len(p.original.live)), 0
	for b := range totals {
		totals[b] = p.rowsOf(p.original.at(p.counterpart.Out(0), b))
		total += totals[b]
	}
	want := p.Sampling.OrRepair().Rows(p.Cols)
	s := newSampler(p.Seed, label)
	train, held = newRows(len(totals), p.Groups), newRows(len(totals), p.Groups)
	for b, n := range totals {
		if n == 0 {
			continue
		}
		share := int((int64(n)*int64(want) + int64(total) - 1) / int64(total)) // products that 32 bits do not hold
		for _, r := range s.draw(b, n, min(n, share)) {
			if p.split.heldOut(b, r, n) {
				held.of[b] = append(held.of[b], r)
			} else {
				train.of[b] = append(train.of[b], r)
			}
		}
	}
	return train, held
}

// rowsOf returns the number of rows that the cut network has where the original has y.
func (p *problem) rowsOf(y *graph.Tensor) int {
	rows := 1
	for d, n := range y.Shape() {
		switch {
		case d == p.Out:
		case p.leading[d] != nil:
			rows *= len(p.leading[d])
		default:
			rows *= n
		}
	}
	return rows
}

// locate finds where the rows of a part are stored.
func (p *problem) locate(t *part) {
	y := p.original.at(p.counterpart.Out(0), t.batch)
	t.origins = make([]int, len(t.rows))
	for i, row := range t.rows {
		t.origins[i], t.step = p.Output(y, p.origin(row, y))
	}
	if _, cut := p.streams(t.batch); cut != nil {
		t.places = make([]int, len(t.rows))
		for i, row := range t.rows {
			t.places[i], t.placeStep = p.Output(cut, row)
		}
	}
}

// streams returns what the result is added to in a batch, in the original and in the cut network.
// Both are nil if there is no stream, or if its shape does not match.
func (p *problem) streams(b int) (original, cut *graph.Tensor) {
	if p.stream == nil {
		return nil, nil
	}
	y := p.original.at(p.counterpart.Out(0), b)
	original, cut = p.original.at(p.originalStream, b), p.cut.at(p.stream, b)
	if !slices.Equal(original.Shape(), y.Shape()) || cut.Len() != p.rowsOf(y)*p.Groups*p.Outs {
		return nil, nil
	}
	return original, cut
}

// targets writes into want what the original computes at the rows of a part, and into have what is added to the
// products there in the cut network: the bias, and its stream.
func (p *problem) targets(want, have []float32, group int, t *part) {
	from := sources{data: graph.Data[float32](p.original.at(p.counterpart.Out(0), t.batch))}
	if f, c := p.streams(t.batch); c != nil {
		from.full, from.stream = graph.Data[float32](f), graph.Data[float32](c)
	}
	outputs := p.outputsOf(group, t)
	places := t.places
	if places == nil {
		places = t.origins // without a stream nobody looks
	}
	if t.step == 1 {
		for i, at := range t.origins {
			want, have, place := want[i*p.Outs:][:p.Outs], have[i*p.Outs:][:p.Outs], places[i]
			for j := range outputs {
				want[j], have[j] = from.read(&outputs[j], at, place)
			}
		}
		return
	}
	for first := 0; first < len(t.rows); first += rowsTogether {
		last := min(len(t.rows), first+rowsTogether)
		for j := range outputs {
			o := outputs[j]
			for i := first; i < last; i++ {
				want[i*p.Outs+j], have[i*p.Outs+j] = from.read(&o, t.origins[i], places[i])
			}
		}
	}
}

// sources are what the original computes, and the streams that are added in the original and in the cut network, or nil.
type sources struct{ data, full, stream []float32 }

// read returns what the original computes for an output of a row, and what is added to the products in the cut network.
func (s *sources) read(o *output, at, place int) (want, have float32) {
	y, z := float64(s.data[at+o.from])+o.offset, o.bias
	if s.stream != nil {
		y += float64(s.full[at+o.from])
		z += s.stream[place+o.to]
	}
	return float32(y), z
}

// rowsTogether is how many rows are read output by output. Adjacent rows are closer in memory than adjacent outputs, if
// those are not next to each other.
const rowsTogether = 32

// outputsOf locates the outputs of a group at the rows of a part.
func (p *problem) outputsOf(group int, t *part) []output {
	outputs := make([]output, p.Outs)
	for j := range outputs {
		k := group*p.Outs + j
		o := &outputs[j]
		if o.from, o.to = k, k*t.placeStep; p.kept != nil {
			o.from = p.kept[k]
		}
		if o.from *= t.step; p.offset != nil {
			o.offset = p.offset[k]
		}
		if p.bias != nil {
			o.bias = float32(p.bias[k])
		}
	}
	return outputs
}

// output locates one output of a row relative to the first, in the original and in the cut
// network's stream. offset is what is added to it in the original, bias in the cut network.
type output struct {
	from, to int
	offset   float64
	bias     float32
}

// origin returns the original's row for a row of the cut network.
func (p *problem) origin(row int, y *graph.Tensor) int {
	if !p.narrowed {
		return row
	}
	at, stride := 0, 1
	for d := y.Rank() - 1; d >= 0; d-- {
		if d == p.Out {
			continue
		}
		n := y.Shape()[d]
		extent := n
		if p.leading[d] != nil {
			extent = len(p.leading[d])
		}
		i := row % extent
		row /= extent
		if p.leading[d] != nil {
			i = p.leading[d][i]
		}
		at += i * stride
		stride *= n
	}
	return at
}
