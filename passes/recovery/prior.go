package recovery

import (
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// starved is the number of rows for each column from which a fit of all columns needs no prior.
const starved = 16

// adopt replaces the weights that a fit starts from, and is drawn to, if that lowers the error on the held-out rows. The
// replacement is the original's weights applied to a linear map of channels. The map has a coefficient for each pair of
// channels, whatever the kernel or the plane that a Flatten laid out, so it can be learnt where there are too few rows
// to learn each column, or too many columns to solve for. adopt returns the error before, and whether it replaced the
// weights.
func (p *problem) adopt(label string, train, held rows) (before float64, adopted bool, err error) {
	if !p.mapping || p.Groups != 1 || p.whole && count(train.of) >= starved*p.Cols {
		return 0, false, nil
	}
	weights, bias, err := p.mapped(label)
	if weights == nil || err != nil {
		return 0, false, err
	}
	other := *p
	other.weights, other.bias = weights, bias
	before, err = p.errorAt(held)
	if err != nil {
		return 0, false, err
	}
	after, err := other.errorAt(held)
	if err != nil || !(after < before) {
		return 0, false, err
	}
	p.weights, p.bias = weights, bias
	return before, true, nil
}

func count(of [][]int) int {
	n := 0
	for _, b := range of {
		n += len(b)
	}
	return n
}

// errorAt returns the energy of the difference to the original on rows, behind the activation if
// there is one.
func (p *problem) errorAt(over rows) (float64, error) {
	e := 0.0
	again := over.anew()
	defer again.release(0)
	err := p.visit(0, again, func(s *slab) {
		_, apart := p.bounds.apart(s.want, s.have)
		e += apart
	})
	return e, err
}

// mapped returns the original's weights applied to the linear map that best predicts the original's channels from those
// that the node reads in the cut network. It returns nil if there is no such map.
func (p *problem) mapped(label string) (weights, bias []float64, err error) {
	o, full := p.full, p.full.X()
	if o.Groups != 1 || o.Operand != 0 || p.Operand != 0 || !p.original.has(full) || p.cut.at(p.X(), 0).DType() != graph.Float32 ||
		p.original.at(full, 0).DType() != graph.Float32 {
		return nil, nil, nil
	}
	run := p.run(o)
	from, to := p.Cols/p.Taps/run, o.Cols/o.Taps/run // channels of the cut network and of the original
	kept := p.keptChannels(full, o.In, to, run)
	if run*p.Taps == 1 && p.whole || len(kept) != from {
		return nil, nil, nil
	}
	train, held, err := p.channelMoments(label, kept, run, from, to)
	if err != nil {
		return nil, nil, err
	}
	f := fitRidge(train, held)
	if f == nil {
		return nil, nil, nil
	}
	d := f(train.merged(held)) // (from + 1) x to
	for i, c := range kept {
		d[i*to+c]++
	}
	weights, bias = p.through(o, d, run, from, to)
	return weights, bias, nil
}

// run returns the number of adjacent positions of the original's input axis that belong to one
// channel. It is more than 1 if a Flatten laid out a plane for each channel.
func (p *problem) run(o *linear.Map) int {
	axis := group.Member{Value: p.full.X(), Axis: o.In}
	total := o.Cols / o.Taps
	for _, g := range p.Analysis.Groups {
		if !slices.Contains(g.Members, axis) {
			continue
		}
		units := p.Analysis.Units(g, axis)
		n := 1
		for n < len(units) && units[n] == units[0] {
			n++
		}
		for at := 0; at < total; at += n {
			if total%n != 0 || slices.ContainsFunc(units[at:at+n], func(u int) bool { return u != units[at] }) {
				return 1
			}
		}
		return n
	}
	return 1
}

// keptChannels lists the channels of the original that remain.
func (p *problem) keptChannels(full *graph.Value, axis, channels, run int) []int {
	positions := p.Analysis.Kept(p.Plan, full, axis)
	var kept []int
	if positions == nil {
		for c := range channels {
			kept = append(kept, c)
		}
		return kept
	}
	for i := 0; i < len(positions); i += run {
		kept = append(kept, positions[i]/run)
	}
	return kept
}

// channelMoments collects, over positions of both networks' inputs, the moments of the cut network's channels and of the
// difference of the original's to them.
func (p *problem) channelMoments(label string, kept []int, run, from, to int) (train, held *moments, err error) {
	train, held = newMoments(from+1, to), newMoments(from+1, to)
	train.threads, held.threads = p.Threads, p.Threads
	s := newSampler(p.Seed, label+" channels")
	want := statistics.RepairSampling.Rows(to) / max(1, p.original.batches)
	var a, r []float32
	for b := range p.original.batches {
		x, y := p.cut.at(p.X(), b), p.original.at(p.full.X(), b)
		inner := 1
		for _, d := range x.Shape()[p.In+1:] {
			inner *= d
		}
		places := run * inner
		total := x.Len() / from
		if y.Len()/to != total {
			return nil, nil, nil
		}
		u, v := graph.Data[float32](x), graph.Data[float32](y)
		for part := range slices.Chunk(s.draw(b, total, min(total, want)), max(1, chunk/(from+to+1))) {
			for _, m := range []*moments{train, held} {
				a, r = a[:0], r[:0]
				for _, row := range part {
					if p.split.heldOut(b, row, total) != (m == held) {
						continue
					}
					sample, place := row/places, row%places
					at, base := len(a), len(r)
					for c := range from {
						a = append(a, u[(sample*from+c)*places+place])
					}
					a = append(a, 1)
					for c := range to {
						r = append(r, v[(sample*to+c)*places+place])
					}
					for i, c := range kept {
						r[base+c] -= a[at+i]
					}
				}
				m.add(a, r, len(a)/(from+1), p.Threads)
			}
		}
	}
	return train, held, nil
}

// through applies the original's weights to the map d, (from + 1) x to.
func (p *problem) through(o *linear.Map, d []float64, run, from, to int) (weights, bias []float64) {
	full, shift := o.Weights(), o.Bias()
	spread := run * p.Taps // columns of one channel
	weights = make([]float64, p.Outs*p.Cols)
	if p.bias != nil {
		bias = make([]float64, p.Outs)
	}
	columns := make([]float64, spread*to)
	for i := range p.Outs {
		k := i
		if p.kept != nil {
			k = p.kept[i]
		}
		row := full[k*o.Cols:][:o.Cols] // to x spread
		// weights (from x spread) = d (from x to) * row (to x spread)
		blas64.Gemm(blas.NoTrans, blas.NoTrans, 1, blas64.General{Rows: from, Cols: to, Stride: to, Data: d},
			blas64.General{Rows: to, Cols: spread, Stride: spread, Data: row}, 0,
			blas64.General{Rows: from, Cols: spread, Stride: spread, Data: weights[i*p.Cols:][:p.Cols]})
		if bias == nil {
			continue
		}
		bias[i] = shift[k]
		copy(columns, row)
		for c := range to {
			for _, w := range columns[c*spread:][:spread] {
				bias[i] += w * d[from*to+c]
			}
		}
	}
	return weights, bias
}
