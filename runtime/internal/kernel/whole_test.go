package kernel

import (
	"math"
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
)

// runOwn binds an operator of Own to x, which lies in that order, and constants, and runs it in pieces.
func runOwn(t *testing.T, name string, x *graph.Tensor, order []int, y Array, rest []*graph.Tensor, outs []Array, attrs ...*graph.Attr) (*Bound, *Call) {
	t.Helper()
	g := graph.New("own")
	inputs := []*graph.Value{g.AddConst("x", x)}
	in := []Array{{DType: x.DType(), Dims: x.Shape(), Order: order}}
	for _, c := range rest {
		inputs = append(inputs, g.AddConst("c", c))
		in = append(in, Array{DType: c.DType(), Dims: c.Shape(), Const: c})
	}
	v := g.Fresh("y")
	v.Type = graph.TensorType(y.DType, graph.ShapeOf(y.Dims...))
	n, err := g.NewNode(name, Own, 1, inputs, []*graph.Value{v}, attrs...)
	if err != nil {
		t.Fatal(err)
	}
	k, err := Bind(&Request{Node: n, In: in, Out: append([]Array{y}, outs...), Threads: 2, Epilogue: Epilogue{Activation: NoActivation}})
	if err != nil {
		t.Fatal(err)
	}
	c := &Call{Shared: make([]float32, k.Shared)}
	for i, a := range append([]*graph.Tensor{x}, rest...) {
		c.In, c.Read = append(c.In, nil), append(c.Read, nil)
		if a.DType() == graph.Float32 && !slices.Contains(k.Unread, i) {
			c.In[i] = graph.Data[float32](a)
		} else if a.DType() != graph.Float32 {
			c.Read[i] = a
		}
	}
	for _, a := range k.Out {
		c.Out, c.Written = append(c.Out, nil), append(c.Written, nil)
		if a.DType == graph.Float32 {
			c.Out[len(c.Out)-1] = make([]float32, a.Len())
		} else {
			c.Written[len(c.Written)-1] = graph.NewTensor(a.DType, a.Dims...)
		}
	}
	for _, p := range k.Phases {
		own := make([]float32, k.Own)
		for i := range p.Pieces { // as if by many workers
			p.Do(c, own, i, i+1)
		}
	}
	return k, c
}

func TestNarrowAndWiden(t *testing.T) {
	const n = 3*run + 17
	for d, least := range map[graph.DType]int64{graph.Int8: -128, graph.Uint8: 0, graph.Int16: -32768, graph.Uint16: 0, graph.Int32: -1 << 23} {
		x := graph.NewTensor(graph.Float32, n)
		for i := range n {
			graph.Data[float32](x)[i] = float32(least + int64(i%200) - 5)
		}
		zero := graph.TensorOf([]int64{5})
		_, c := runOwn(t, Narrow, x, nil, Array{DType: d, Dims: []int{n}}, []*graph.Tensor{zero}, nil)
		have, _ := graph.Ints(c.Written[0])
		for i, v := range have {
			if v != least+int64(i%200) {
				t.Fatalf("%v: number %d is %d, want %d", d, i, v, least+int64(i%200))
			}
		}
		if d == graph.Int32 {
			continue
		}
		if _, c = runOwn(t, Widen, c.Written[0], nil, Float32(n), []*graph.Tensor{zero}, nil); !slices.Equal(c.Out[0], graph.Data[float32](x)) {
			t.Errorf("%v: numbers differ there and back", d)
		}
	}
}

// The channels have scales of their own, in whatever order the axes lie.
func TestRescaleByChannel(t *testing.T) {
	dims, scale := []int{2, 3, 2, 5}, []float32{0.5, 2, 0.3}
	x := random(seeded(t), dims...)
	for i := range graph.Data[float32](x) {
		graph.Data[float32](x)[i] *= 20
	}
	for _, order := range [][]int{nil, ChannelsLast(4)} {
		attrs := []*graph.Attr{graph.IntAttr("axis", 1), graph.FloatAttr("lo", -9), graph.FloatAttr("hi", 30)}
		// The kernel reads x with the channels innermost, so x is what lies there in that order.
		k, c := runOwn(t, Rescale, x, order, Float32(dims...), []*graph.Tensor{graph.TensorOf(scale, 3)}, nil, attrs...)
		if !slices.Equal(k.In[0], ChannelsLast(4)) {
			t.Fatalf("reads in order %v", k.In[0])
		}
		for i, v := range graph.Data[float32](x) {
			want := float32(math.RoundToEven(float64(min(max(v*scale[i%3], -9), 30))))
			if c.Out[0][i] != want {
				t.Fatalf("order %v, number %d: %v, want %v", order, i, c.Out[0][i], want)
			}
		}
	}
}

func TestQuantizeByRange(t *testing.T) {
	for _, v := range [][]float32{{1, 2, -3}, {0, 0}, {5}, {-5}, {float32(math.Inf(1)), 1}} {
		x := graph.TensorOf(slices.Repeat(v, 5000), len(v)*5000)
		p := proof{op: "DynamicQuantizeLinear", in: []*graph.Tensor{x}, outs: 3}
		want := evaluated(t, p)
		_, c := runOwn(t, QuantizeByRange, x, nil, Float32(x.Len()), nil, []Array{Float32(), {DType: graph.Uint8}})
		zero := graph.Data[uint8](want[2])[0]
		if c.Out[1][0] != graph.Data[float32](want[1])[0] || graph.Data[uint8](c.Written[2])[0] != zero {
			t.Errorf("%v: scale %v and zero point %v, want %v and %v", v, c.Out[1][0], graph.Data[uint8](c.Written[2])[0], want[1], zero)
		}
		for i, q := range graph.Data[uint8](want[0]) {
			if c.Out[0][i] != float32(q)-float32(zero) {
				t.Fatalf("%v: number %d is %v, want %v", v, i, c.Out[0][i], float32(q)-float32(zero))
			}
		}
	}
}

func evaluated(t *testing.T, p proof) []*graph.Tensor {
	t.Helper()
	n := p.node(t)
	want, err := op.Lookup(n).Eval(n, p.in)
	if err != nil {
		t.Fatal(err)
	}
	return want
}
