package statistics

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"iter"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/internal/linalg"
	"github.com/pollard-dev/pollard/passes/linear"
)

const (
	// chunk is how many numbers of rows are held at a time, about as many as a cache has room for.
	chunk = 1 << 20
	// MaxColumns bounds Gram matrices, which take 8 bytes times its square. None is collected for a
	// wider node.
	MaxColumns = 6144
)

// Inputs are the inputs that statistics are collected on.
type Inputs struct {
	Batches iter.Seq2[map[string]*graph.Tensor, error]
	// Samples is the number of samples in all, including those of other shards. It decides how many
	// rows of each are read.
	Samples int
	// First is the number of this shard's first sample among them. The rows read of a sample depend
	// on its number, not on its shard or batch.
	First int
	// Threads bounds the goroutines that compute; 0 and 1 mean one.
	Threads int
	// Sampling says how many rows of each node's inputs are read; zero means GramSampling.
	Sampling Sampling
	// Folds holds the last of every so many samples out; see Set.Held. 0 and 1 mean none.
	Folds int
}

// Collect runs m over the inputs once and collects what r asks for.
func Collect(ctx context.Context, m *graph.Model, o passes.Observer, in Inputs, r Request) (*Set, error) {
	if in.Samples < 1 {
		return nil, fmt.Errorf("statistics: want at least one sample")
	}
	c := newCollector(in, r)
	batches := func(yield func(map[string]*graph.Tensor, error) bool) {
		for feeds, err := range in.Batches {
			c.set.Samples += c.count
			c.count = 0
			for _, v := range m.Graph.Inputs {
				if t := feeds[v.Name]; t != nil && t.Rank() > 0 {
					c.count = t.Shape()[0]
				}
			}
			if !yield(feeds, err) {
				return
			}
		}
	}
	err := o.Observe(ctx, m, c.values(m.Graph), batches, func(v *graph.Value, t *graph.Tensor) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := c.see(v, t); err != nil {
			return err
		}
		for _, k := range c.consumers[v] {
			x, err := k.Seen(t)
			if err != nil {
				return err
			}
			if err := c.rows(k, x); err != nil {
				return err
			}
		}
		return nil
	})
	c.set.Samples += c.count
	if err == nil && c.set.Held != nil {
		for k, g := range c.set.grams {
			if err := g.Merge(c.set.Held.grams[k]); err != nil {
				return nil, err
			}
		}
	}
	return c.set, err
}

// collector builds a Set.
type collector struct {
	Inputs
	set       *Set
	axes      map[*graph.Value][]int
	consumers map[*graph.Value][]*linear.Map // by the value they read
	count     int                            // samples in the current batch
}

func newCollector(in Inputs, r Request) *collector {
	c := &collector{
		Inputs: in, set: &Set{moments: map[axisKey]*Moments{}, grams: map[string]*Gram{}},
		axes: map[*graph.Value][]int{}, consumers: map[*graph.Value][]*linear.Map{},
	}
	if in.Folds > 1 {
		c.set.Held = &Set{moments: map[axisKey]*Moments{}, grams: map[string]*Gram{}}
	}
	for _, a := range r.Axes {
		k := axisKey{a.Value.Name, a.Axis}
		n, known := a.Value.Type.Shape[a.Axis].Value()
		if c.set.moments[k] == nil && known {
			c.set.moments[k] = newMoments(n)
			c.axes[a.Value] = append(c.axes[a.Value], a.Axis)
		}
	}
	for _, k := range r.Grams {
		if k.Cols <= MaxColumns && c.set.grams[k.Name()] == nil {
			c.consumers[k.X()] = append(c.consumers[k.X()], k)
			c.set.grams[k.Name()] = NewGram(k.Groups, k.Cols)
			if in.Folds > 1 {
				c.set.Held.grams[k.Name()] = NewGram(k.Groups, k.Cols)
			}
		}
	}
	return c
}

// values lists the values to observe, in graph order.
func (c *collector) values(g *graph.Graph) []*graph.Value {
	return slices.DeleteFunc(g.Values(), func(v *graph.Value) bool { return c.axes[v] == nil && c.consumers[v] == nil })
}

// see adds the contents of v to its moments, if they are asked for.
func (c *collector) see(v *graph.Value, t *graph.Tensor) error {
	for _, axis := range c.axes[v] {
		if err := c.set.moments[axisKey{v.Name, axis}].add(t, axis, c.Threads); err != nil {
			return fmt.Errorf("value %q: %w", v.Name, err)
		}
	}
	return nil
}

// rows adds some rows of x to the consumer's Gram matrices.
func (c *collector) rows(k *linear.Map, x *graph.Tensor) error {
	total, err := k.Rows(x)
	if err != nil || total == 0 {
		return err
	}
	drawn, held := c.draw(k, total)
	if err := c.add(c.set.Gram(k), k, x, drawn); err != nil || len(held) == 0 {
		return err
	}
	return c.add(c.set.Held.Gram(k), k, x, held)
}

// add adds what the consumer reads at the rows of x to g, a part of them at a time.
func (c *collector) add(g *Gram, k *linear.Map, x *graph.Tensor, rows []int) error {
	for part := range slices.Chunk(rows, max(64, chunk/k.Cols)) {
		if err := c.gram(g, k, x, part); err != nil {
			return err
		}
		g.Rows += float64(len(part))
	}
	return nil
}

// readRows is how many rows one thread reads at a time.
const readRows = 512

// gram adds what the consumer reads at the rows to its Gram matrices. It divides the groups among
// threads or, if there is one group, the rows.
func (c *collector) gram(g *Gram, k *linear.Map, x *graph.Tensor, rows []int) error {
	errs := make([]error, max(k.Groups, len(rows)/readRows+1))
	if k.Groups > 1 {
		passes.Parallel(c.Threads, k.Groups, func(group int) {
			buffer := linalg.Borrow(len(rows) * k.Cols)
			defer linalg.GiveBack(buffer)
			if errs[group] = k.Read(*buffer, k.Cols, x, group, rows); errs[group] == nil {
				g.Add(group, *buffer, len(rows), 1)
			}
		})
		return errors.Join(errs...)
	}
	buffer := linalg.Borrow(len(rows) * k.Cols)
	defer linalg.GiveBack(buffer)
	passes.Parallel(c.Threads, (len(rows)+readRows-1)/readRows, func(i int) {
		lo, hi := i*readRows, min(len(rows), (i+1)*readRows)
		errs[i] = k.Read((*buffer)[lo*k.Cols:], k.Cols, x, 0, rows[lo:hi])
	})
	if err := errors.Join(errs...); err != nil {
		return err
	}
	g.Add(0, *buffer, len(rows), c.Threads)
	return nil
}

// draw chooses rows of each sample of the batch, spread over its positions, and tells those of
// held-out samples apart. The rows of one sample are adjacent. Where samples cannot be told apart,
// none is held out.
func (c *collector) draw(k *linear.Map, total int) (rows, held []int) {
	want := (c.Sampling.or(GramSampling).Rows(k.Cols) + c.Samples - 1) / c.Samples
	each := total // rows of a sample
	switch {
	case c.count > 0 && total%c.count == 0:
		each = total / c.count
	default: // samples cannot be told apart
		want *= max(1, c.count)
	}
	h := fnv.New64a()
	h.Write([]byte(k.Name()))
	seed := h.Sum64()
	for s := range total / each {
		number := c.First + c.set.Samples + s
		r := rand.New(rand.NewPCG(seed, uint64(number)))
		to := &rows
		if c.set.Held != nil && total/each == c.count && number%c.Folds == c.Folds-1 {
			to = &held
		}
		for _, row := range Spread(r, each, want) {
			*to = append(*to, s*each+row)
		}
	}
	return rows, held
}
