package kernel

// lines divides an elementwise computation on broadcast operands into runs of contiguous output
// elements.
type lines struct {
	outer []int   // extents of the axes around the runs
	n     int     // elements in a run
	steps [][]int // of each operand, along outer and then along the run
	part  int     // elements of a run in one piece, or
	group int     // runs in one piece
}

// line is a part of a run.
type line struct {
	*lines
	row, first, n int
}

// linesOf divides operands that are broadcast to an output of these extents and this order.
func linesOf(out Array, operands ...Array) *lines {
	var sets [][]int
	for _, o := range operands {
		sets = append(sets, inOrder(broadcastStrides(o, out.Dims), out.Order))
	}
	dims, steps := merge(inOrder(out.Dims, out.Order), sets...)
	last := len(dims) - 1
	l := &lines{outer: dims[:last], n: dims[last], steps: steps}
	l.part = min(l.n, run)
	l.group = max(1, run/max(1, l.n))
	return l
}

// step returns the distance between neighbours of a run in operand i.
func (l *lines) step(i int) int { return l.steps[i][len(l.outer)] }

// at returns where operand i begins.
func (l line) at(i int) int {
	return at(l.row, l.outer, l.steps[i]) + l.first*l.step(i)
}

// to returns where the output begins.
func (l line) to() int { return l.row*l.lines.n + l.first }

// phase calls do for every line. Cost is that of one element.
func (l *lines) phase(cost int, do func(c *Call, own []float32, l line)) Phase {
	rows := volume(l.outer)
	if rows == 0 || l.n == 0 {
		return Phase{}
	}
	parts := ceilDiv(l.n, l.part)
	groups := ceilDiv(rows, l.group)
	return Phase{Pieces: groups * parts, Cost: l.group * l.part * cost, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			first := i % parts * l.part
			for row := i / parts * l.group; row < min(rows, (i/parts+1)*l.group); row++ {
				do(c, own, line{l, row, first, min(l.part, l.n-first)})
			}
		}
	}}
}

// walked chooses the order in which operands are walked: that of the first one that has all
// elements of the output and is not constant. It returns the operands as they are then read.
func walked(out Array, operands []Array) (Array, []Array) {
	whole := func(o Array) bool { return o.Rank() == out.Rank() && o.Len() == out.Len() }
	for _, o := range operands {
		if whole(o) && o.Const == nil && o.Order != nil {
			out.Order = o.Order
			break
		}
	}
	read := make([]Array, len(operands))
	for i, o := range operands {
		if read[i] = o; whole(o) {
			read[i].Order = out.Order
		}
	}
	return out, read
}
