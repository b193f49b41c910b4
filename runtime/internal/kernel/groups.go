package kernel

import (
	"math"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime/internal/kernel/simd"
)

func init() { bind(bindGroups, "InstanceNormalization", "GroupNormalization") }

// groupNormalization normalizes groups of channels of each image to mean 0 and variance 1, then
// scales and shifts each channel. InstanceNormalization has one channel per group.
type groupNormalization struct {
	images, channels, plane, groups int
	factors                         int // length of scale and bias
	epsilon                         float64
}

// each returns the number of channels in a group.
func (g *groupNormalization) each() int { return g.channels / g.groups }

// affine returns the index of a channel's scale and bias.
func (g *groupNormalization) affine(channel int) int { return channel * g.factors / g.channels }

func bindGroups(q *Request) (*Bound, error) {
	x, scale, bias := q.in(0), q.in(1), q.in(2)
	if !floating(x, scale, bias) || x.Rank() < 2 || x.Len() == 0 {
		return nil, ErrUnfit
	}
	g := &groupNormalization{images: x.Dims[0], channels: x.Dims[1], plane: volume(x.Dims[2:]), groups: x.Dims[1],
		epsilon: float64(q.Node.Float("epsilon", 1e-5))}
	g.factors = g.channels
	if q.Node.Op == "GroupNormalization" {
		if g.groups = q.Node.Int("num_groups", 0); g.groups < 1 || g.channels%g.groups != 0 {
			return nil, ErrUnfit
		}
		if q.Node.Version < 21 {
			g.factors = g.groups
		}
	}
	if scale.Len() != g.factors || bias.Len() != g.factors {
		return nil, ErrUnfit
	}
	k := &Bound{Name: "groupnormalization", In: q.orders(), InPlace: []int{0}}
	last := ChannelsLast(x.Rank())
	if SameOrder(x.Dims, x.Order, last) && !x.Plain() {
		x.Order = last
		k.Phases = g.channelsLast(k)
	} else {
		x.Order = nil
		k.Phases = g.plain()
	}
	k.In[0] = x.Order
	k.Out = []Array{{DType: graph.Float32, Dims: x.Dims, Order: x.Order}}
	return k, nil
}

// plain handles channels that lie one after the other: a group is a row.
func (g *groupNormalization) plain() []Phase {
	n := g.each() * g.plane
	ones := make([]float32, n)
	fill(ones, 1)
	return rowsOf(g.images*g.groups, n, 8, func(c *Call, lo, hi int) {
		for i := lo; i < hi; i++ {
			y := c.Out[0][i*n : (i+1)*n]
			simd.LayerNorm(y, c.In[0][i*n:(i+1)*n], ones, nil, float32(g.epsilon))
			for j := range g.each() {
				channel := i%g.groups*g.each() + j
				at, row := g.affine(channel), y[j*g.plane:(j+1)*g.plane]
				simd.MulNumber(row, row, c.In[1][at])
				simd.AddNumber(row, row, c.In[2][at])
			}
		}
	})
}

// channelsLast handles interleaved channels: first sums and squares of columns, then a scale and a
// shift of each row. Shared memory holds the scales and shifts of every image.
func (g *groupNormalization) channelsLast(k *Bound) []Phase {
	const rows = 32 // pixels that are squared at a time
	k.Shared = 2 * g.images * g.channels
	each := g.each()
	together := max(1, min(g.groups, 64/each)) // groups whose columns are summed at a time
	blocks := ceilDiv(g.groups, together)
	k.Own = (rows + 2) * together * each
	size := g.plane * g.channels
	stat := Phase{Pieces: g.images * blocks, Cost: 4 * together * each * g.plane, Do: func(c *Call, own []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, group := i/blocks, i%blocks*together
			first, n := group*each, min(together, g.groups-group)*each // channels
			mean, total, squares := own[:n], own[n:2*n], own[2*n:]
			x := c.In[0][image*size+first:]
			simd.MeanRows(mean, x, g.plane, n, g.channels)
			for at := 0; at < n && each > 1; at += each {
				fill(mean[at:at+each], float32(simd.Sum(mean[at:at+each])/float64(each)))
			}
			variance := c.Shared[(image*2+1)*g.channels+first:][:n] // until the shift replaces it
			clear(variance)
			for p := 0; p < g.plane; p += rows {
				count := min(rows, g.plane-p)
				simd.SubRows(squares, x[p*g.channels:], mean, count, n, n, g.channels, 0)
				simd.Mul(squares[:count*n], squares[:count*n], squares[:count*n])
				simd.SumRows(total, squares, count, n, n)
				simd.Add(variance, variance, total)
			}
			for at := 0; at < n; at += each {
				g.settle(c, mean[at], simd.Sum(variance[at:at+each]), image, first+at)
			}
		}
	}}
	ch := g.channels
	group := max(1, run/ch)
	parts := ceilDiv(g.plane, group)
	lo32, hi32 := NoActivation.clamp()
	write := Phase{Pieces: g.images * parts, Cost: group * ch, Do: func(c *Call, _ []float32, lo, hi int) {
		for i := lo; i < hi; i++ {
			image, first := i/parts, i%parts*group
			n, at := min(group, g.plane-first), image*size+first*ch
			scale, shift := c.Shared[image*2*ch:][:ch], c.Shared[(image*2+1)*ch:][:ch]
			simd.ScaleShiftRows(c.Out[0][at:][:n*ch], c.In[0][at:][:n*ch], scale, shift, n, ch, ch, ch, lo32, hi32)
		}
	}}
	return []Phase{stat, write}
}

// settle stores the scales and shifts of a group whose first channel is first. Squares is the sum
// of the squared deviations from the mean.
func (g *groupNormalization) settle(c *Call, mean float32, squares float64, image, first int) {
	inverse := 1 / math.Sqrt(squares/float64(g.each()*g.plane)+g.epsilon)
	scale := c.Shared[image*2*g.channels+first:][:g.each()]
	shift := c.Shared[(image*2+1)*g.channels+first:][:g.each()]
	for j := range scale {
		at := g.affine(first + j)
		f := float64(c.In[1][at]) * inverse
		scale[j], shift[j] = float32(f), float32(float64(c.In[2][at])-float64(mean)*f)
	}
}
