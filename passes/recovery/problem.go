package recovery

import (
	"slices"

	"github.com/pollard-dev/pollard/graph"
)

// problem is one linear node of the cut network and what it is to compute.
type problem struct {
	*walker
	*linear
	counterpart *graph.Node // the original's node
	whole       bool        // change weights and bias, not the bias alone

	kept []int // the original's positions on the axis of outputs; nil: all
	// leading has, for each other axis of the output that was cut, the original's positions.
	leading [][]int
	// stream and originalStream are what the result is added to, in both networks; nil when
	// it is not, or the other operand is not computed yet.
	stream, originalStream *graph.Value
}

// aim looks up which of the original's outputs are left, and whether a stream's drift is
// to be made good: what upstream repairs could not restore in the other operand of an Add.
func (p *problem) aim() {
	y := p.counterpart.Out(0)
	p.kept = p.Analysis.Kept(p.Plan, y, p.axis)
	p.leading = make([][]int, len(y.Type.Shape))
	for d := range y.Type.Shape {
		if d != p.axis {
			p.leading[d] = p.Analysis.Kept(p.Plan, y, d)
		}
	}
	add := onlyReader(p.result)
	if add == nil || add.Op != "Add" || add.Domain != "" {
		return
	}
	other := add.In(0)
	if other == p.result {
		other = add.In(1)
	}
	if other == p.result || !p.cut.has(other) {
		return
	}
	v := p.Original.Graph.Value(other.Name)
	if !p.original.has(v) || p.cut.at(other, 0).DType() != graph.Float32 {
		return
	}
	p.stream, p.originalStream = other, v
}

// ones is 1 where a last column of ones stands for the bias.
func (p *problem) ones() int {
	if p.bias == nil {
		return 0
	}
	return 1
}

// draw chooses the rows of each batch.
func (p *problem) draw(label string) [][]int {
	y := p.counterpart.Out(0)
	totals, total := make([]int, p.original.batches), 0
	for b := range totals {
		// Counted on the cut network's side: its rows are those of x.
		totals[b] = p.rowsOf(p.original.at(y, b))
		total += totals[b]
	}
	want := min(mostRows, max(fewestRows, rowsPerColumn*p.cols))
	s := newSampler(p.Seed, label)
	rows := make([][]int, len(totals))
	for b, n := range totals {
		if total > 0 {
			rows[b] = s.draw(b, n, min(n, (n*want+total-1)/total))
		}
	}
	return rows
}

// rowsOf counts the rows that the cut network has where the original has y.
func (p *problem) rowsOf(y *graph.Tensor) int {
	rows := 1
	for d, n := range y.Shape() {
		switch {
		case d == p.axis:
		case p.leading[d] != nil:
			rows *= len(p.leading[d])
		default:
			rows *= n
		}
	}
	return rows
}

// moments collects one group's moments over the rows, those held out apart.
func (p *problem) moments(group int, rows [][]int) (train, held *moments, err error) {
	cols := p.ones()
	if p.whole {
		cols += p.cols
	}
	train, held = newMoments(cols, p.outs), newMoments(cols, p.outs)
	most := max(64, chunk/(p.cols+1))
	for b, drawn := range rows {
		if len(drawn) == 0 {
			continue
		}
		total := p.rowsOf(p.original.at(p.counterpart.Out(0), b))
		var parts [2][]int
		for _, r := range drawn {
			if p.split.heldOut(b, r, total) {
				parts[1] = append(parts[1], r)
			} else {
				parts[0] = append(parts[0], r)
			}
		}
		for i, m := range []*moments{train, held} {
			for part := range slices.Chunk(parts[i], most) {
				if err := p.count(m, b, group, part); err != nil {
					return nil, nil, err
				}
			}
		}
	}
	return train, held, nil
}

// count adds the rows of a batch to m.
func (p *problem) count(m *moments, b, group int, rows []int) error {
	ld := p.cols + p.ones()
	x := make([]float64, len(rows)*ld)
	if err := p.form.inputs(x, ld, p.cut.at(p.node.In(0), b), group, rows); err != nil {
		return err
	}
	r := make([]float64, len(rows)*p.outs)
	m.energy += p.targets(r, b, group, rows)
	p.residual(r, x, ld, group, len(rows))
	if p.ones() == 1 {
		for i := range rows {
			x[i*ld+p.cols] = 1
		}
	}
	if !p.whole { // the ones alone
		x = slices.Repeat([]float64{1}, len(rows))
	}
	threads := 1
	if p.groups == 1 {
		threads = p.Threads
	}
	m.add(x, r, len(rows), threads)
	return nil
}

// targets writes what the rows are to compute: the original's outputs, and the drift of the stream
// that the result is added to. It gives the sum of squares of what the original has there, stream and all.
func (p *problem) targets(dst []float64, b, group int, rows []int) float64 {
	y := p.original.at(p.counterpart.Out(0), b)
	want := graph.Data[float32](y)
	var drift, stream []float32
	var cut *graph.Tensor
	if p.stream != nil {
		s := p.original.at(p.originalStream, b)
		cut = p.cut.at(p.stream, b)
		if slices.Equal(s.Shape(), y.Shape()) && cut.Len() == p.rowsOf(y)*p.groups*p.outs {
			drift, stream = graph.Data[float32](s), graph.Data[float32](cut)
		}
	}
	// A bias behind the node is not yet in its output: it is in the result.
	behind := p.bias != nil && p.result != p.node.Out(0)
	energy := 0.0
	for i, row := range rows {
		at, stride := p.form.output(y, p.origin(row, y))
		var here, step int
		if stream != nil {
			here, step = p.form.output(cut, row)
		}
		for j := range p.outs {
			k := group*p.outs + j
			o := k
			if p.kept != nil {
				o = p.kept[k]
			}
			t := float64(want[at+o*stride])
			if behind {
				t += p.bias[k]
			}
			whole := t // what the repair is measured by: all of the stream that the result joins
			if stream != nil {
				whole += float64(drift[at+o*stride])
				t += float64(drift[at+o*stride]) - float64(stream[here+k*step])
			}
			energy += whole * whole
			dst[i*p.outs+j] = t
		}
	}
	return energy
}

// origin is the original's row for a row of the cut network.
func (p *problem) origin(row int, y *graph.Tensor) int {
	at, stride := 0, 1
	for d := y.Rank() - 1; d >= 0; d-- {
		if d == p.axis {
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
