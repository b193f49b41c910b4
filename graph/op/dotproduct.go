package op

import (
	"fmt"
	"math"

	"github.com/pollard-dev/pollard/graph"
)

// dotProduct is scaled dot-product attention (https://arxiv.org/abs/1706.03762) over queries, keys and values as batch x
// heads x positions x size. The attention operators differ in how they arrive at these and in what they add to the
// products.
type dotProduct struct {
	batch, heads int // heads of the queries
	repeat       int // query heads for each head of keys and values
	rows, keys   int // positions of queries, of keys
	size, values int // positions of a query's and key's head, of a value's head

	scale, softcap float64
	bias           func(b, h, row, key int) float64         // added to a product; -Inf hides the key; nil adds nothing
	sink           func(h int) float64                      // a product that takes weight and has no value; nil means none
	seen           func(stage, first int, scores []float64) // called with each row of products at each stage; may be nil
}

// The stages at which seen gets a row of products, numbered as qk_matmul_output_mode numbers them.
const (
	stageProduct = iota
	stageCapped
	stageBiased
	stageWeight
)

// check rejects attention that would take more memory than any real model does.
func (a *dotProduct) check() error {
	if err := mustFit([]int{a.batch, a.heads, a.rows, max(a.keys, a.size, a.values)}); err != nil {
		return err
	}
	return mustFit([]int{a.batch, a.heads, a.keys, max(a.size, a.values)})
}

// run returns the weighted values as batch x heads x rows x values.
func (a *dotProduct) run(q, k, v []float64) []float64 {
	y := make([]float64, a.batch*a.heads*a.rows*a.values)
	scores := make([]float64, a.keys)
	for i := range a.batch * a.heads * a.rows {
		b, h, row := i/a.rows/a.heads, i/a.rows%a.heads, i%a.rows
		shared := b*(a.heads/a.repeat) + h/a.repeat
		for j := range scores {
			total := 0.0
			for d := range a.size {
				total += q[i*a.size+d] * k[(shared*a.keys+j)*a.size+d]
			}
			scores[j] = total * a.scale
		}
		a.weigh(scores, b, h, row, i*a.keys)
		for j, w := range scores {
			for d := range a.values {
				if w != 0 { // a hidden key has no effect, whatever its value
					y[i*a.values+d] += w * v[(shared*a.keys+j)*a.values+d]
				}
			}
		}
	}
	return y
}

// weigh turns the scaled products of one query into weights.
func (a *dotProduct) weigh(scores []float64, b, h, row, first int) {
	show := func(stage int) {
		if a.seen != nil {
			a.seen(stage, first, scores)
		}
	}
	show(stageProduct)
	if a.softcap > 0 {
		for j := range scores {
			scores[j] = a.softcap * math.Tanh(scores[j]/a.softcap)
		}
	}
	show(stageCapped)
	if a.bias != nil {
		for j := range scores {
			scores[j] += a.bias(b, h, row, j)
		}
	}
	show(stageBiased)
	lane := scores
	if a.sink != nil {
		lane = append([]float64{a.sink(h)}, scores...)
	}
	if l := logSumExp(lane); math.IsInf(l, -1) { // every key is hidden
		clear(scores)
	} else {
		for j, s := range scores {
			scores[j] = math.Exp(s - l)
		}
	}
	show(stageWeight)
}

// splitHeads takes the heads out of columns of batch x positions x width, starting at the given
// column. The result is batch x heads x positions x size.
func splitHeads(v []float64, batch, positions, width, from, heads, size int) []float64 {
	out := make([]float64, batch*heads*positions*size)
	for i := range out {
		d, s := i%size, i/size%positions
		h, b := i/size/positions%heads, i/size/positions/heads
		out[i] = v[(b*positions+s)*width+from+h*size+d]
	}
	return out
}

// joinHeads is the inverse of splitHeads for a tensor that holds only these heads.
func joinHeads(v []float64, batch, heads, positions, size int) []float64 {
	out := make([]float64, len(v))
	for i, x := range v {
		d, s := i%size, i/size%positions
		h, b := i/size/positions%heads, i/size/positions/heads
		out[((b*positions+s)*heads+h)*size+d] = x
	}
	return out
}

// behind appends new positions to past ones. Both are blocks x positions x size.
func behind(past, now []float64, blocks, before, positions, size int) []float64 {
	out := make([]float64, 0, len(past)+len(now))
	for i := range blocks {
		out = append(out, past[i*before*size:(i+1)*before*size]...)
		out = append(out, now[i*positions*size:(i+1)*positions*size]...)
	}
	return out
}

// scoreBias reads a tensor that broadcasts to batch x heads x rows x keys.
func scoreBias(v []float64, dims []int, want [4]int) (func(b, h, row, key int) float64, error) {
	s, err := broadcastShapes(graph.ShapeOf(want[:]...), graph.ShapeOf(dims...))
	if err != nil || !s.Equal(graph.ShapeOf(want[:]...)) {
		return nil, fmt.Errorf("a bias or mask of shape %v does not broadcast to %v", dims, want)
	}
	var strides [4]int
	step := 1
	for d := len(dims) - 1; d >= 0; d-- {
		if dims[d] != 1 {
			strides[4-len(dims)+d] = step
		}
		step *= dims[d]
	}
	return func(b, h, row, key int) float64 {
		return v[b*strides[0]+h*strides[1]+row*strides[2]+key*strides[3]]
	}, nil
}

// both returns the sum of two biases, either of which may be nil.
func both(f, g func(b, h, row, key int) float64) func(b, h, row, key int) float64 {
	if f == nil || g == nil {
		if f == nil {
			return g
		}
		return f
	}
	return func(b, h, row, key int) float64 { return f(b, h, row, key) + g(b, h, row, key) }
}

// causal hides the keys after the position of a query. before keys precede the first query.
func causal(before int) func(b, h, row, key int) float64 {
	return func(_, _, row, key int) float64 {
		if key > before+row {
			return math.Inf(-1)
		}
		return 0
	}
}

// perHead returns the width of one head if that many heads make up width.
func perHead(name string, width graph.Dim, heads int) (graph.Dim, error) {
	if n, known := width.Value(); heads < 1 || (known && n%heads != 0) {
		return graph.Unknown, fmt.Errorf("%s: a width of %v does not divide into %d heads", name, width, heads)
	}
	each, _ := width.Div(graph.Size(heads))
	return each, nil
}

// inverseRoot returns the scale of attention if the node states none.
func inverseRoot(size int) float64 { return 1 / math.Sqrt(float64(size)) }
