package runtime

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	goruntime "runtime"
	"slices"
	"sync"
	"time"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel"
	"github.com/pollard-dev/pollard/runtime/sparse"
)

// Sparse says how a session computes nodes some of whose weights are zero.
type Sparse int

const (
	// SparseNever multiplies zeros like any other number. Results do not depend on the speed of the
	// machine, to the last bit.
	SparseNever Sparse = iota
	// SparseFastest uses the fastest way for each node, as measured once when the node is prepared.
	// Where zeros are left out, sums are added in another order.
	SparseFastest
	// SparseAlways leaves zeros out wherever possible, in the form that stores the fewest numbers.
	SparseAlways
)

// Choice says how a node whose weights are partly zero is computed.
type Choice struct {
	Node    *graph.Node
	Weights sparse.Count // single weights: Blocks is NonZero
	Way     string       // "dense", "sparse 4x1"
	Ways    []WayTime    // the alternatives, without times if nothing was measured
}

// WayTime is the time that a node takes if computed in one way, including the reordering of its
// inputs for this way.
type WayTime struct {
	Way     string
	Block   int // outputs that share an entry; 0 for the dense way
	Entries int // stored entries of the weights
	Stored  int // numbers in these entries
	Time    time.Duration
}

// measured caches the fastest way within the process, by all that it depends on: the node, extents,
// threads, and the density of the weights.
var measured struct {
	mu   sync.Mutex
	ways map[string][]WayTime
}

// bindWay binds the request in the way that the session asks for.
func (b *builder) bindWay(q *kernel.Request) (*kernel.Bound, *Choice, error) {
	if b.sparse == SparseNever {
		k, err := kernel.Bind(q)
		return k, nil, err
	}
	ways, count := kernel.Ways(q)
	if len(ways) == 0 {
		k, err := kernel.Bind(q)
		return k, nil, err
	}
	choice := &Choice{Node: q.Node, Weights: count}
	ways = append([]kernel.Way{{Bind: kernel.Bind}}, ways...)
	if b.sparse == SparseAlways {
		return leastStored(q, ways, choice)
	}
	key := wayKey(q, ways, count)
	measured.mu.Lock()
	defer measured.mu.Unlock() // one at a time, so that measurements do not disturb each other
	if times, ok := measured.ways[key]; ok {
		choice.Ways = times
		return choice.bind(q, ways)
	}
	var trials []*trial
	for _, w := range ways {
		own := *q
		own.Weights = &kernel.Weights{} // the losers' weights are dropped
		k, err := w.Bind(&own)
		if err == kernel.ErrUnfit {
			continue
		}
		if err != nil {
			return nil, nil, err
		}
		trials = append(trials, newTrial(w, &own, k))
	}
	if len(trials) == 0 {
		return nil, nil, kernel.ErrUnfit
	}
	timeTrials(trials)
	for _, t := range trials {
		choice.Ways = append(choice.Ways, WayTime{t.way.String(), t.way.Block, t.way.Entries, t.way.Stored, t.least})
	}
	if measured.ways == nil {
		measured.ways = map[string][]WayTime{}
	}
	measured.ways[key] = choice.Ways
	best := slices.MinFunc(trials, func(a, b *trial) int { return cmp.Compare(a.least, b.least) })
	q.Weights.Adopt(best.request.Weights)
	choice.Way = best.way.String()
	lost := int64(0)
	for _, t := range trials {
		if t != best {
			lost += t.request.Weights.Bytes()
		}
	}
	if lost > muchLost { // free the losers' memory before the next node allocates more
		goruntime.GC()
	}
	return best.bound, choice, nil
}

// muchLost is the number of bytes of weights, packed for ways that were not taken, that are worth
// collecting at once.
const muchLost = 4 << 20

// bind binds the fastest of the ways, whose times are known.
func (c *Choice) bind(q *kernel.Request, ways []kernel.Way) (*kernel.Bound, *Choice, error) {
	best := slices.MinFunc(c.Ways, func(a, b WayTime) int { return cmp.Compare(a.Time, b.Time) })
	c.Way = best.Way
	at := slices.IndexFunc(ways, func(w kernel.Way) bool { return w.Block == best.Block })
	k, err := ways[at].Bind(q)
	return k, c, err
}

// leastStored binds the sparse way that stores the fewest numbers, or the dense way if there is
// none.
func leastStored(q *kernel.Request, ways []kernel.Way, c *Choice) (*kernel.Bound, *Choice, error) {
	for _, w := range ways {
		c.Ways = append(c.Ways, WayTime{Way: w.String(), Block: w.Block, Entries: w.Entries, Stored: w.Stored})
	}
	sorted := slices.Clone(ways[1:])
	slices.SortStableFunc(sorted, func(a, b kernel.Way) int { return a.Stored + a.Entries - b.Stored - b.Entries })
	for _, w := range append(sorted, ways[0]) {
		k, err := w.Bind(q)
		if err == kernel.ErrUnfit {
			continue
		}
		c.Way = w.String()
		return k, c, err
	}
	return nil, nil, kernel.ErrUnfit
}

// wayKey returns all that the speed of a node's ways depends on, with densities rounded to a
// fiftieth.
func wayKey(q *kernel.Request, ways []kernel.Way, count sparse.Count) string {
	key := fmt.Sprint(q.Node.OpName(), q.Node.Version, q.Threads, count.Weights)
	for _, a := range q.Node.Attrs {
		key += fmt.Sprintf(" %s=%v%v%v%q", a.Name, a.Int, a.Float, a.Ints, a.String)
	}
	for _, a := range slices.Concat(q.In, q.Out) {
		key += fmt.Sprint(" ", a.DType, a.Dims, a.Order, a.Const != nil)
	}
	for _, w := range ways {
		key += fmt.Sprint(" ", w.Block, ":", w.Stored*50/count.Weights)
	}
	return key + fmt.Sprint(" ", q.Epilogue.Bias != nil, q.Epilogue.Residual, q.Epilogue.Activation.F != nil)
}

// trial is a bound kernel with memory to time it in.
type trial struct {
	way     kernel.Way
	request *kernel.Request
	bound   *kernel.Bound
	steps   []timed
	own     [][]float32
	job     job
	least   time.Duration
}

// timed is a bound kernel and its memory: the way itself, or one that reorders an input for it.
type timed struct {
	bound *kernel.Bound
	call  *kernel.Call
}

// newTrial makes up contents for the inputs of the kernel.
func newTrial(w kernel.Way, q *kernel.Request, k *kernel.Bound) *trial {
	t := &trial{way: w, request: q, bound: k}
	rng := rand.New(rand.NewPCG(1, 1))
	some := func(n int) []float32 {
		v := kernel.Aligned(n)
		for i := range v {
			v[i] = rng.Float32()
		}
		return v
	}
	c := &kernel.Call{Shared: kernel.Aligned(k.Shared)}
	own := k.Own
	for i, a := range q.In {
		if a.DType != graph.Float32 || slices.Contains(k.Unread, i) {
			c.In = append(c.In, nil)
			continue
		}
		x := some(a.Len())
		if a.Const == nil && !kernel.SameOrder(a.Dims, a.Order, k.In[i]) {
			r := kernel.Reorder(a, k.In[i])
			y := kernel.Aligned(a.Len())
			t.steps = append(t.steps, timed{r, &kernel.Call{In: [][]float32{x}, Out: [][]float32{y}, Shared: kernel.Aligned(r.Shared)}})
			own = max(own, r.Own)
			x = y
		}
		c.In = append(c.In, x)
	}
	for _, a := range k.Out {
		c.Out = append(c.Out, kernel.Aligned(a.Len()))
	}
	t.steps = append(t.steps, timed{k, c})
	for range q.Threads {
		t.own = append(t.own, kernel.Aligned(own))
	}
	return t
}

// run runs the trial once.
func (t *trial) run() time.Duration {
	start := time.Now()
	for _, s := range t.steps {
		for i := range s.bound.Phases {
			p := &s.bound.Phases[i]
			if p.Pieces > 0 {
				t.job.run(p.Pieces, workersOf(p, len(t.own)), func(worker, lo, hi int) { p.Do(s.call, t.own[worker][:s.bound.Own], lo, hi) })
			}
		}
	}
	return time.Since(start)
}

// timeTrials runs all trials in turn, so that other load on the machine affects all alike and each
// finds the caches as the others left them. The least time of each counts, because other load
// disturbs it least.
func timeTrials(trials []*trial) {
	const fewest, most, limit = 3, 25, 20 * time.Millisecond
	began := time.Now()
	for round := range most + 1 {
		for _, t := range trials {
			d := t.run()
			if round == 1 || round > 1 && d < t.least { // the first warms up
				t.least = d
			}
		}
		if round >= fewest && time.Since(began) > limit {
			break
		}
	}
}
