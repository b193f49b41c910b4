package saliency

import (
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/graph"
)

const (
	// neurons has 1,024 units of one column each, kernels 128 of nine.
	neurons = `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,64] x, float[64,1024] w, float[1024,128] v) => (float[N,128] y)
{ h = Gemm(x, w)  r = Relu(h)  y = Gemm(r, v) }`
	kernels = `<ir_version: 8, opset_import: ["" : 13]>
g (float[N,16,16,16] x, float[128,16,1,1] w, float[128,128,3,3] v) => (float[N,128,14,14] y)
{ h = Conv(x, w)  r = Relu(h)  y = Conv(r, v) }`
)

// The same choice of units as the formulas compute it ("before") and as scoreOBS does.
func BenchmarkOBS(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 1))
	wide := func(text string, dims ...int) Input {
		return collect(b, weighed(b, text), "obs", map[string]*graph.Tensor{"x": drawn(r, dims...)})
	}
	benchmarkOBS(b, "neurons", wide(neurons, 2048, 64))
	benchmarkOBS(b, "kernels", wide(kernels, 32, 16, 16, 16))
	for _, name := range []string{"vit", "resnet20", "densenet", "vgg"} {
		in := fixture(b, name)
		benchmarkOBS(b, name, collect(b, in, "obs", images(in, 32)))
	}
}

func benchmarkOBS(b *testing.B, name string, in Input) {
	b.Run(name+"/before", func(b *testing.B) {
		for b.Loop() {
			for _, g := range in.Analysis.Groups {
				slowOBS(b, in, g)
			}
		}
	})
	b.Run(name+"/now", func(b *testing.B) {
		for b.Loop() {
			for _, g := range in.Analysis.Groups {
				if _, err := scoreOBS(b.Context(), in, g); err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}
