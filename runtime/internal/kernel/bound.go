package kernel

import (
	"errors"
	"sync"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// Bound is a kernel made for known extents: nothing is left to be decided, or allocated, when it runs.
type Bound struct {
	Name string
	// Out is what it computes, in the order in which it writes it; In the order in which it reads each input.
	Out []Array
	In  [][]int
	// Unread lists constant inputs that were read when it was bound and are not read again.
	Unread []int
	// InPlace lists inputs in whose memory output 0 may lie: each element is read before it is written.
	InPlace []int
	// Fits reports whether the kernel computes inputs of these contents: where it does not, the reference evaluation does. Nil: any.
	Fits func(c *Call) bool
	// Shared is the float32 of scratch memory that all workers see, Own that which each has.
	Shared, Own int
	// Phases run one after the other.
	Phases []Phase
}

// Phase is work in independent pieces.
type Phase struct {
	Pieces int
	Cost   int // elementary operations of one piece, roughly: what decides how many workers pay
	Do     func(c *Call, own []float32, lo, hi int)
}

// Call is the memory of one run of a bound kernel: inputs (nil where the node leaves one out, or its type is not float32), outputs and scratch.
type Call struct {
	In, Out [][]float32
	Shared  []float32
	// Read and Written are the inputs and outputs of other types, in plain order; nil where they are float32.
	Read, Written []*graph.Tensor
}

// Request is a node to be bound.
type Request struct {
	Node *graph.Node
	In   []Array // as graph.Node.Inputs lists them, then those of the Epilogue; no DType where left out
	Out  []Array // the outputs' extents
	// Epilogue is what is done to every element of output 0 before it is written.
	Epilogue Epilogue
	// Want is the order in which output 0 would be of most use; nil is no wish.
	Want []int
	// Threads is how many workers there are at most.
	Threads int
	// Weights has what was made of constants before.
	Weights *Weights
}

// in is input i; without a DType where it is left out.
func (q *Request) in(i int) Array {
	if i >= len(q.Node.Inputs()) || i >= len(q.In) {
		return Array{}
	}
	return q.In[i]
}

// orders is In with one entry for each input.
func (q *Request) orders() [][]int { return make([][]int, len(q.In)) }

// binder makes bound kernels for an operator of ONNX's own domain or, as "domain.Op", another. It returns ErrUnfit where Eval is
// to be taken.
type binder func(q *Request) (*Bound, error)

var binders = map[string]binder{}

// bind registers b for the operators.
func bind(b binder, ops ...string) {
	for _, name := range ops {
		binders[name] = b
	}
}

// Binds reports whether there are kernels of n's operator.
func Binds(n *graph.Node) bool { return binders[n.OpName()] != nil && op.Lookup(n) != nil }

// Bind makes the kernel for a request. ErrUnfit says that there is none.
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

// known is the inputs' tensors: all that are there must be constants but the first, of which operators read no more than
// the extents.
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

// extents is a float32 tensor of a's extents for decoders that look at no more.
func extents(a Array) *graph.Tensor {
	nothing.mu.Lock()
	defer nothing.mu.Unlock()
	if n := a.Len(); len(nothing.zeros) < n {
		nothing.zeros = make([]float32, n)
	}
	return graph.TensorOf(nothing.zeros[:a.Len()], a.Dims...)
}

// nothing is what tensors of extents alone consist of; nobody writes it.
var nothing struct {
	mu    sync.Mutex
	zeros []float32
}
