package kernel

import (
	"errors"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Bound is a kernel made for known extents. It has nothing left to decide or allocate when it runs.
type Bound struct {
	Name string
	// Out describes the outputs in the order in which they are written, and In gives the order in
	// which each input is read.
	Out []Array
	In  [][]int
	// Unread lists constant inputs that were read at binding and are not read again.
	Unread []int
	// InPlace lists inputs whose memory output 0 may reuse: each element is read before it is
	// written.
	InPlace []int
	// Fits reports whether the kernel can compute inputs with these contents. If it cannot, the
	// reference evaluation does. A nil Fits accepts any contents.
	Fits func(c *Call) bool
	// Shared is the size of the scratch memory that all workers share, and Own that of each worker,
	// in float32.
	Shared, Own int
	// Phases run one after the other.
	Phases []Phase
}

// Phase is work in independent pieces.
type Phase struct {
	Pieces int
	Cost   int // rough number of elementary operations of one piece, which decides how many workers are worthwhile
	Do     func(c *Call, own []float32, lo, hi int)
}

// Call is the memory of one run of a bound kernel: inputs (nil if the node leaves one out, or if
// its type is not float32), outputs and scratch.
type Call struct {
	In, Out [][]float32
	Shared  []float32
	// Read and Written are the inputs and outputs of other types, in row-major order. They are nil
	// for float32.
	Read, Written []*graph.Tensor
}

// Request is a node to be bound.
type Request struct {
	Node *graph.Node
	In   []Array // in the order of graph.Node.Inputs, then those of the Epilogue; without a DType where left out
	Out  []Array // the outputs' extents
	// Epilogue is applied to every element of output 0 before it is written.
	Epilogue Epilogue
	// Want is the preferred order of output 0, or nil if there is no preference.
	Want []int
	// Threads is the greatest number of workers.
	Threads int
	// Weights caches what was made from constants.
	Weights *Weights
}

// in returns input i, without a DType if it is left out.
func (q *Request) in(i int) Array {
	if i >= len(q.Node.Inputs()) || i >= len(q.In) {
		return Array{}
	}
	return q.In[i]
}

// orders returns a new In with one entry for each input.
func (q *Request) orders() [][]int { return make([][]int, len(q.In)) }

// binder binds kernels for an operator of ONNX's own domain or, named "domain.Op", of another one.
// It returns ErrUnfit if Eval must be used.
type binder func(q *Request) (*Bound, error)

var binders = map[string]binder{}

// bind registers b for the operators.
func bind(b binder, ops ...string) {
	for _, name := range ops {
		binders[name] = b
	}
}

// Binds reports whether there are kernels for n's operator.
func Binds(n *graph.Node) bool {
	return binders[n.OpName()] != nil && (n.Domain == Own || op.Lookup(n) != nil)
}

// Bind makes the kernel for a request. It returns ErrUnfit if there is none.
func Bind(q *Request) (*Bound, error) {
	if !Binds(q.Node) {
		return nil, ErrUnfit
	}
	for _, a := range q.Out {
		if !a.Addressable() {
			return nil, ErrUnfit
		}
	}
	k, err := binders[q.Node.OpName()](q)
	if errors.Is(err, ErrUnfit) {
		return nil, ErrUnfit
	}
	return k, err
}

// known returns the inputs' tensors. All inputs but the first must be constants; of the first,
// operators read only the extents.
func (q *Request) known() ([]*graph.Tensor, error) {
	in := make([]*graph.Tensor, len(q.Node.Inputs()))
	for i := range in {
		in[i] = q.In[i].Const
		if i > 0 && in[i] == nil && q.In[i].DType != graph.Undefined {
			return nil, ErrUnfit
		}
	}
	if in[0] == nil {
		in[0] = extents(q.In[0])
	}
	return in, nil
}

// extents returns a float32 tensor of a's extents, for decoders that read nothing else.
func extents(a Array) *graph.Tensor {
	nothing.mu.Lock()
	defer nothing.mu.Unlock()
	if n := a.Len(); len(nothing.zeros) < n {
		nothing.zeros = make([]float32, n)
	}
	return graph.TensorOf(nothing.zeros[:a.Len()], a.Dims...)
}

// nothing backs the tensors that extents returns. It is never written.
var nothing struct {
	mu    sync.Mutex
	zeros []float32
}
