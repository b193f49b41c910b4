package sparsify

import (
	"math/rand/v2"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
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
func withShifted(feeds passes.Batches, most int, seed uint64) (passes.Batches, error) {
	if feeds.Len() == 0 || feeds.Samples(0) == 0 {
		return feeds, nil
	}
	one, err := feeds.Read(0, []int{0})
	if err != nil || !shiftable(one) {
		return feeds, err
	}
	total := 0
	for b := range feeds.Len() {
		total += feeds.Samples(b)
	}
	out, at := &augmented{Batches: feeds, seed: seed}, total
	for c := range copies {
		skip := at % recovery.Folds // in the first feed, so that copies keep their place in a fold
		for b := range feeds.Len() {
			n := feeds.Samples(b)
			if at+n > most || skip >= n {
				return out, nil
			}
			out.copies = append(out.copies, moved{b, skip, uint64(c)})
			at += n - skip
			skip = 0
		}
	}
	return out, nil
}

// augmented are batches followed by shifted copies of them.
type augmented struct {
	passes.Batches
	copies []moved
	seed   uint64
}

// moved is a copy of a batch without its first few samples. Each round of copies is moved otherwise.
type moved struct {
	batch, skip int
	round       uint64
}

func (a *augmented) Len() int { return a.Batches.Len() + len(a.copies) }

func (a *augmented) Samples(i int) int {
	if i -= a.Batches.Len(); i >= 0 {
		return a.Batches.Samples(a.copies[i].batch) - a.copies[i].skip
	}
	return a.Batches.Samples(i + a.Batches.Len())
}

func (a *augmented) Read(i int, some []int) (map[string]*graph.Tensor, error) {
	if i < a.Batches.Len() {
		return a.Batches.Read(i, some)
	}
	n, c := a.Samples(i), a.copies[i-a.Batches.Len()]
	if some == nil {
		some = make([]int, n)
		for k := range some {
			some[k] = k
		}
	}
	r := rand.New(rand.NewPCG(a.seed, c.round<<32|uint64(c.batch)))
	moves := make([][2]int, c.skip+n)
	for k := range moves {
		moves[k] = [2]int{r.IntN(2*maxShift+1) - maxShift, r.IntN(2*maxShift+1) - maxShift}
	}
	of, by := make([]int, len(some)), make([][2]int, len(some))
	for k, s := range some {
		of[k], by[k] = s+c.skip, moves[s+c.skip]
	}
	feeds, err := a.Batches.Read(c.batch, of)
	if err != nil {
		return nil, err
	}
	return shifted(feeds, by), nil
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

// shifted returns the samples, each moved by as many positions.
func shifted(feeds map[string]*graph.Tensor, moves [][2]int) map[string]*graph.Tensor {
	out := map[string]*graph.Tensor{}
	for name, t := range feeds {
		if !isImage(t) {
			out[name] = t
			continue
		}
		src := graph.Data[float32](t)
		dst := make([]float32, len(src))
		h, w := t.Shape()[2], t.Shape()[3]
		each := len(src) / len(moves)
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
