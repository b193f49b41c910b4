package simd

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// depthwiseWant returns the expected result of a depthwise convolution with weights [channel][tap],
// to the bit.
func depthwiseWant(d *Depthwise, w []float32) []float32 {
	y := append([]float32(nil), d.Y...)
	for r := d.First; r < d.First+d.Rows; r++ {
		for c := range d.Channels {
			var s float32
			if d.Bias != nil {
				s = d.Bias[c]
			}
			for tap := range d.Table.taps {
				x := d.Zero
				if at := d.Table.at(r, tap); at >= 0 {
					x = d.X[at:]
				}
				s = fma(x[c], w[c*d.Table.taps+tap], s)
			}
			if d.Residual != nil {
				s += d.Residual[r*d.LdR+c]
			}
			y[r*d.LdY+c] = min(max(s, d.Lo), d.Hi)
		}
	}
	return y
}

func randomDepthwise(r *rand.Rand, l Level, rows, taps, channels int) (*Depthwise, []float32) {
	w := randoms(r, taps*channels)
	d := &Depthwise{X: randoms(r, 2*channels+9), Zero: make([]float32, channels), Channels: channels, W: guarded(depthwiseLen(l, taps, channels)).v, Table: new(Table),
		LdY: channels + r.IntN(3), Lo: float32(math.Inf(-1)), Hi: float32(math.Inf(1)), Rows: rows, First: r.IntN(2) * depthwiseRows(l)}
	packDepthwise(l, d.W, w, taps, channels, 1, taps)
	all := d.First + rows
	d.Table.Fill(all, taps, depthwiseRows(l), func(int, int) int { return r.IntN(channels+11) - 1 })
	if r.IntN(2) == 0 {
		d.Lo, d.Hi = -0.5, 1
	}
	if r.IntN(2) == 0 {
		d.Bias = randoms(r, channels)
	}
	if r.IntN(2) == 0 {
		d.LdR = channels + r.IntN(3)
		d.Residual = randoms(r, (all-1)*d.LdR+channels)
	}
	if r.IntN(4) == 0 {
		d.X[channels] = float32(math.NaN())
	}
	return d, w
}

func TestDepthwise(t *testing.T) {
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(1, 2))
		for channels := 1; channels < 150; channels++ {
			for range 12 {
				d, w := randomDepthwise(r, l, 1+r.IntN(3*depthwiseRows(l)), 1+r.IntN(9), channels)
				y := guarded((d.First+d.Rows-1)*d.LdY + channels)
				copy(y.v, randoms(r, len(y.v)))
				d.Y = y.v
				want, tolerance := depthwiseWant(d, w), 0.0
				if l == Generic {
					tolerance = 1e-5
				}
				d.runAt(l)
				y.same(t, want, tolerance)
				if t.Failed() {
					t.Fatalf("%+v", d)
				}
			}
		}
	})
}

func TestDepthwiseAllocatesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 10))
	q, _ := randomDepthwise(r, Active, 20, 9, 33)
	q.Y = make([]float32, (q.First+20)*q.LdY)
	if n := testing.AllocsPerRun(10, func() {
		d := *q
		d.Run()
	}); n != 0 {
		t.Errorf("%g allocations, want none", n)
	}
}

func TestDepthwisePanics(t *testing.T) {
	for i, spoil := range []func(*Depthwise){
		func(d *Depthwise) { d.Rows++ }, func(d *Depthwise) { d.Channels++ }, func(d *Depthwise) { d.X = d.X[:5] }, func(d *Depthwise) { d.Y = d.Y[:5] },
		func(d *Depthwise) { d.W = d.W[1:] }, func(d *Depthwise) { d.Bias = make([]float32, 9) }, func(d *Depthwise) { d.Residual = make([]float32, 9) },
		func(d *Depthwise) { d.First = 1000 }, func(d *Depthwise) { d.Channels = 0 },
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			d, _ := randomDepthwise(rand.New(rand.NewPCG(1, 1)), Active, 20, 9, 33)
			d.Y = make([]float32, (d.First+20)*d.LdY)
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			spoil(d)
			d.Run()
		})
	}
}

func BenchmarkDepthwise(b *testing.B) {
	for _, c := range []struct{ side, window, channels int }{
		{112, 3, 32}, {56, 3, 144}, {28, 3, 192}, {28, 5, 240}, {14, 3, 384}, {14, 3, 576}, {14, 5, 672}, {7, 3, 960}, {7, 5, 1152}, {56, 7, 96}, {14, 7, 384}, {7, 7, 768},
	} {
		for _, l := range Levels() {
			b.Run(fmt.Sprintf("%dx%d/%dx%d/%v", c.side, c.side, c.window, c.channels, l), func(b *testing.B) {
				n := c.side * c.side
				d := Depthwise{X: make([]float32, n*c.channels), Zero: make([]float32, c.channels), Channels: c.channels, Table: new(Table),
					W: make([]float32, depthwiseLen(l, c.window*c.window, c.channels)), Bias: make([]float32, c.channels), Y: make([]float32, n*c.channels), LdY: c.channels, Rows: n, Hi: 6}
				d.Table.Fill(n, c.window*c.window, depthwiseRows(l), func(row, tap int) int {
					y, x := row/c.side+tap/c.window-c.window/2, row%c.side+tap%c.window-c.window/2
					if y < 0 || y >= c.side || x < 0 || x >= c.side {
						return -1
					}
					return (y*c.side + x) * c.channels
				})
				fastest(b, 2*n*c.window*c.window*c.channels, "GFLOP/s", func() { d.runAt(l) })
			})
		}
	}
}
