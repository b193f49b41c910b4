package kernel

import (
	"fmt"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
	"github.com/pollard-dev/pollard/runtime/sparse"
)

// Way is one of several kernels for a node whose weights are partly zero. Which one is fastest
// depends on the machine, so the session has to measure.
type Way struct {
	// Block is the number of outputs that share an entry of the weights. It is 0 for the kernel
	// that Bind makes, which multiplies zeros too.
	Block int
	// Entries is the number of stored entries, and Stored the number of weights in them: Block
	// each, except for leftover outputs.
	Entries, Stored int
	Bind            func(q *Request) (*Bound, error)
}

// String returns the name of the way in reports.
func (w Way) String() string {
	if w.Block == 0 {
		return "dense"
	}
	return fmt.Sprintf("sparse %dx1", w.Block)
}

// sparseBlocks lists the blocks that weights are stored in: single weights, and those of Elsen et
// al. 2019, https://arxiv.org/abs/1911.09723 (section 3.1), in which a number of x in a register
// serves several outputs.
var sparseBlocks = []int{1, 4}

// sparseBinder binds kernels that leave out zero weights, in blocks of the given number of outputs.
type sparseBinder struct {
	// matrix returns the weights as a matrix with a row for each output.
	matrix func(q *Request) (weightMatrix, error)
	bind   func(q *Request, block int) (*Bound, error)
}

var sparseBinders = map[string]sparseBinder{}

// Ways lists how a node can be computed other than by Bind. There are none if its weights are not
// constant or hardly any of them is zero. Ways only looks at the weights; nothing is packed before
// a Way is bound.
func Ways(q *Request) ([]Way, sparse.Count) {
	b, ok := sparseBinders[q.Node.Op]
	if !ok || q.Node.Domain != "" || slices.ContainsFunc(q.Out, func(a Array) bool { return !a.Addressable() || a.Len() == 0 }) {
		return nil, sparse.Count{}
	}
	w, err := b.matrix(q)
	if err != nil {
		return nil, sparse.Count{}
	}
	counts := w.counts()
	count := counts[0]
	var ways []Way
	for i, block := range sparseBlocks {
		n := counts[i]
		if (n.Weights-n.Stored)*worthTrying >= n.Weights && (block == 1 || w.rows >= block) {
			ways = append(ways, Way{Block: block, Entries: n.Blocks, Stored: n.Stored, Bind: func(q *Request) (*Bound, error) { return b.bind(q, block) }})
		}
	}
	return ways, count
}

// worthTrying is the least part of the multiplications, one in so many, that a way must save to be
// bound and timed. Trying takes memory and time, and a network that nobody pruned has a zero here
// and there.
const worthTrying = 20

// weightMatrix says where a tensor holds a matrix with a row for each output.
type weightMatrix struct {
	tensor        *graph.Tensor
	from          int // offset of the first element
	rows, columns int
	transposed    bool // rows are the tensor's columns
}

// parts passes the matrix to do in whole blocks of rows, small enough that little memory is needed
// besides the file: no converted copy of the tensor is kept. A transposed matrix is a single part.
func (m *weightMatrix) parts(do func(w sparse.Weights)) {
	w := sparse.Weights{Columns: m.columns, RowStride: m.columns, ColumnStride: 1}
	step := max(1, packChunk/max(1, m.columns*wholeBlocks)) * wholeBlocks
	if m.transposed {
		w.RowStride, w.ColumnStride = 1, m.rows
		step = m.rows
	}
	size := min(step, m.rows) * m.columns
	buf := packBuffer(min(size, packChunk)) // a larger one is not kept
	defer packBuffers.Put(&buf)
	numbers := buf
	if size > len(buf) {
		numbers = make([]float32, size)
	}
	for first := 0; first < m.rows; first += step {
		w.Rows = min(step, m.rows-first)
		from := m.from + first*m.columns
		w.Data = graph.Part(m.tensor, from, from+w.Rows*m.columns, numbers)
		do(w)
	}
	m.tensor.Forget()
}

// wholeBlocks is a number of rows that every block size divides.
const wholeBlocks = 4

// counts returns how full the matrix is, for each block size.
func (m *weightMatrix) counts() []sparse.Count {
	counts := make([]sparse.Count, len(sparseBlocks))
	m.parts(func(w sparse.Weights) {
		for i, block := range sparseBlocks {
			counts[i] = counts[i].Plus(sparse.CountOf(w, block))
		}
	})
	return counts
}

// entries is a sparse matrix in which offsets in x replace the columns: each says where the numbers
// lie that the entry multiplies.
type entries struct {
	first, block    int // the first row, in the whole matrix, and how many rows share an entry
	starts, offsets []int32
	values          []float32
}

func (e *entries) groups() int { return len(e.starts) - 1 }

// entries compresses the matrix and gives column c the offset at(c).
func (m *weightMatrix) entries(block int, at func(column int) int) []*entries {
	var parts [][]*sparse.Matrix
	m.parts(func(w sparse.Weights) { parts = append(parts, sparse.Compress(w, block)) })
	var all []*entries
	for _, m := range sparse.Join(parts...) {
		e := &entries{first: m.First, block: m.Block, starts: m.Starts, offsets: m.Columns, values: m.Values}
		for i, c := range e.offsets {
			e.offsets[i] = int32(at(int(c)))
		}
		all = append(all, e)
	}
	return all
}

// sparseBytes returns the size of entries in bytes.
func sparseBytes(all []*entries) int64 {
	n := int64(0)
	for _, e := range all {
		n += 4 * int64(len(e.starts)+len(e.offsets)+len(e.values))
	}
	return n
}

// stretch is a sequence of groups of rows of entries that are multiplied together.
type stretch struct {
	*entries
	from, groups int
}

// rows returns the first row and the number of rows.
func (r stretch) rows() (first, n int) { return r.first + r.from*r.block, r.groups * r.block }

// stretchesOf divides entries into stretches whose weights stay in the cache while all positions
// use them, of at most the given number of rows; 0 means no limit.
func stretchesOf(all []*entries, rows int) []stretch {
	const cache = 1 << 16 // floats: 256 KiB of a second-level cache of 1 MiB, of which x takes most
	var stretches []stretch
	for _, e := range all {
		from := 0
		for g := range e.groups() {
			size := int(e.starts[g+1]-e.starts[from]) * (e.block + 1)
			if whole := rows > 0 && (g+1-from)*e.block > rows; g > from && (size > cache || whole) {
				stretches = append(stretches, stretch{e, from, g - from})
				from = g
			}
		}
		if from < e.groups() {
			stretches = append(stretches, stretch{e, from, e.groups() - from})
		}
	}
	return stretches
}

// product returns the stretch as a product over planes of positions.
func (r stretch) product(e *Epilogue, x []float32) simd.Sparse {
	first, n := r.rows()
	s := simd.Sparse{X: x, Rows: r.block, Starts: r.starts[r.from : r.from+r.groups+1], Offsets: r.offsets, Values: r.values, Groups: r.groups}
	s.Lo, s.Hi = e.Activation.clamp()
	if e.Bias != nil {
		s.Bias = graph.Data[float32](e.Bias)[first:][:n]
	}
	return s
}

// cost returns about how many elementary operations the stretch takes at each position.
func (r stretch) cost() int {
	return max(1, int(r.starts[r.from+r.groups]-r.starts[r.from])*r.block/8)
}

// apart splits the epilogue of a result that must be transposed before a residual can be added. It
// returns the part to apply before that and the activation that remains.
func (e Epilogue) apart() (Epilogue, Activation) {
	after := e.Activation
	switch {
	case e.Residual > 0:
		e.Activation = NoActivation
	case after.F == nil: // a clamp is applied at once
		after = NoActivation
	}
	return e, after
}
