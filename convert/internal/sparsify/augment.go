package sparsify

import (
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/recovery"
)

const (
	// maxShift is the most positions by which copies of images are moved, minImage the least extent
	// of an image that is.
	maxShift, minImage = 2, 12
	// copies is the number of shifted copies of each sample that are learnt from.
	copies = 3
)

// withShifted adds copies of samples, up to most samples in all, each shifted by a few positions if
// an input is an image, with edges repeated. What the original computes on them is as good to learn
// from as what it computes on the samples, and a node with one row a sample has few rows. Copies of
// held-out samples are held out too; those are every recovery.Folds-th sample, counted over all. If
// no input is an image, the feeds are returned as they are.
func withShifted(feeds []map[string]*graph.Tensor, most int, seed uint64) ([]map[string]*graph.Tensor, error) {
	total := 0
	for _, f := range feeds {
		n, err := dataset.Samples(f)
		if err != nil {
			return nil, err
		}
		if !shiftable(f) || n == 0 {
			return feeds, nil
		}
		total += n
	}
	r := rand.New(rand.NewPCG(seed, uint64(total)))
	out, at := slices.Clone(feeds), total
	for range copies {
		skip := at % recovery.Folds // in the first feed, so that copies keep their place in a fold
		for _, f := range feeds {
			n, _ := dataset.Samples(f)
			if at+n > most || skip >= n {
				return out, nil
			}
			f, err := dataset.Subset(f, skip, n)
			if err != nil {
				return nil, err
			}
			n -= skip
			skip = 0
			out = append(out, shifted(f, n, r))
			at += n
		}
	}
	return out, nil
}

// shiftable reports whether some input is an image.
func shiftable(feeds map[string]*graph.Tensor) bool {
	for _, t := range feeds {
		if isImage(t) {
			return true
		}
	}
	return false
}

func isImage(t *graph.Tensor) bool {
	return t.DType() == graph.Float32 && t.Rank() == 4 && t.Shape()[2] >= minImage && t.Shape()[3] >= minImage
}

func shifted(feeds map[string]*graph.Tensor, n int, r *rand.Rand) map[string]*graph.Tensor {
	moves := make([][2]int, n)
	for i := range moves {
		moves[i] = [2]int{r.IntN(2*maxShift+1) - maxShift, r.IntN(2*maxShift+1) - maxShift}
	}
	out := map[string]*graph.Tensor{}
	for name, t := range feeds {
		if !isImage(t) {
			out[name] = t
			continue
		}
		src := graph.Data[float32](t)
		dst := make([]float32, len(src))
		h, w := t.Shape()[2], t.Shape()[3]
		each := len(src) / n
		for i, m := range moves {
			for p := i * each; p < (i+1)*each; p += h * w {
				for y := range h {
					for x := range w {
						dst[p+y*w+x] = src[p+min(h-1, max(0, y+m[0]))*w+min(w-1, max(0, x+m[1]))]
					}
				}
			}
		}
		out[name] = graph.TensorOf(dst, t.Shape()...)
	}
	return out
}
