package task

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
)

func init() { kinds[Embedding] = newEmbedding }

const (
	// embeddingsHeld is the most samples of which embeddings are held, pairsDrawn the most pairs of them
	// whose cosines are compared, and neighbours how many nearest neighbours.
	embeddingsHeld = 1000
	pairsDrawn     = 2000
	neighbours     = 10
)

// embedding takes the first output for vectors: what is alike has vectors with a small angle between
// them. Labels are for pairs, sample 2i with sample 2i+1, and say how alike they are; the metric is
// Spearman's rank correlation of the cosines with them.
type embedding struct{ base }

func newEmbedding(b base, _ Options) (Task, error) {
	if len(b.outputs()) == 0 {
		return nil, fmt.Errorf("task: the model has no output")
	}
	if b.about.How == "" {
		b.about.How = fmt.Sprintf("vectors %v", b.outputs()[0].Type.Shape)
	}
	return &embedding{b}, nil
}

// Step is 2: a pair is never split. Without pairs that does no harm.
func (e *embedding) Step() int { return 2 }

// Scores is the Truth of pairs of samples: how alike sample 2i and sample 2i+1 are.
type Scores []float64

// Part returns the scores of pairs. Samples must be numbered pair by pair.
func (s Scores) Part(samples []int) dataset.Truth {
	out := make(Scores, 0, len(samples)/2)
	for i := 0; i+1 < len(samples); i += 2 {
		out = append(out, s[samples[i]/2])
	}
	return out
}

// Digest writes the scores.
func (s Scores) Digest(w io.Writer) error {
	_, err := fmt.Fprint(w, []float64(s))
	return err
}

func (e *embedding) Truth(d *dataset.Data, samples, labels string) error {
	n, err := known(samples, labels)
	if n == nil || err != nil {
		return err
	}
	defer n.Close()
	if len(n.Shape()) > 1 || len(n.Shape()) == 1 && n.Shape()[0] != 1 {
		return fmt.Errorf("labels: want one number for each pair of samples, have %v for each", n.Shape())
	}
	if 2*n.Count() != d.Samples.Count() {
		return fmt.Errorf("labels: want one number for each of %d pairs, sample 0 with 1, 2 with 3 and so on, have %d; --pairs names the file of the other halves", d.Samples.Count()/2, n.Count())
	}
	at := make([]int, n.Count())
	for i := range at {
		at[i] = i
	}
	t, err := n.Read(at)
	if err != nil {
		return err
	}
	x, err := numbers(t)
	d.Truth = Scores(x)
	return err
}

func (e *embedding) Start(d *dataset.Data) (Tally, error) {
	t := &embeddingTally{of: e}
	if d.Truth != nil {
		s, ok := d.Truth.(Scores)
		if !ok || 2*len(s) != d.Samples.Count() {
			return nil, fmt.Errorf("labels: want one number for each of %d pairs", d.Samples.Count()/2)
		}
		t.scores = s
	}
	n := d.Samples.Count()
	t.chosen = rand.New(rand.NewPCG(bootstrapSeed, 1)).Perm(n)[:min(n, embeddingsHeld)]
	slices.Sort(t.chosen)
	return t, nil
}

// embeddingTally holds a cosine for each sample, one for each pair, and the embeddings of some.
type embeddingTally struct {
	of      *embedding
	scores  Scores
	cosines []float64      // of the original's and the pruned model's vector, by sample
	pairs   [2][]float64   // cosines of labelled pairs
	last    [2][]float64   // first halves of a pair whose other half is to come
	chosen  []int          // samples whose vectors are held
	vectors [2][][]float64 // of length 1
}

func (t *embeddingTally) Add(b Batch) error {
	out, err := both(b, t.of.outputs()[0])
	if err != nil {
		return err
	}
	for i := range b.Count {
		n := b.First + i
		x, y := out[0][i].data, out[1][i].data
		t.cosines = append(t.cosines, cosine(x, y))
		if at := len(t.vectors[0]); at < len(t.chosen) && t.chosen[at] == n {
			t.vectors[0], t.vectors[1] = append(t.vectors[0], unit(x)), append(t.vectors[1], unit(y))
		}
		for m, v := range [2][]float64{x, y} {
			if n%2 == 1 && t.scores != nil {
				t.pairs[m] = append(t.pairs[m], cosine(t.last[m], v))
			}
			t.last[m] = v
		}
	}
	return nil
}

// unit returns a vector of length 1 in the same direction, or 0 if it has none.
func unit(x []float64) []float64 {
	square := 0.0
	for _, v := range x {
		square += v * v
	}
	y := make([]float64, len(x))
	if length := math.Sqrt(square); length > 0 && !math.IsInf(length, 0) {
		for i, v := range x {
			y[i] = v / length
		}
	}
	return y
}

// dot returns the product of two vectors of the same length.
func dot(a, b []float64) (sum float64) {
	for i, v := range a {
		sum += v * b[i]
	}
	return sum
}

// cosine returns the cosine of the angle between two vectors, which have the same length.
func cosine(a, b []float64) float64 {
	ab, aa, bb := 0.0, 0.0, 0.0
	for i := range a {
		ab, aa, bb = ab+a[i]*b[i], aa+a[i]*a[i], bb+b[i]*b[i]
	}
	return cosineOf(ab, aa, bb)
}

func (t *embeddingTally) Figures(context.Context) (*Figures, error) {
	n := len(t.cosines)
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, n, []string{"mean cosine"}, func(weight []int) []float64 { return []float64{meanOf(t.cosines, weight)} })
	held := len(t.vectors[0])
	if held > 2 {
		of := drawPairs(held)
		var between [2][]float64
		for _, p := range of {
			for m := range between {
				between[m] = append(between[m], dot(t.vectors[m][p[0]], t.vectors[m][p[1]]))
			}
		}
		f.Agreement = append(f.Agreement, resampledFigures(held, 20*len(of), []string{"rank correlation of cosines between samples"}, func(weight []int) []float64 {
			var x, y []float64
			for i, p := range of {
				for range int(times(weight, p[0]) * times(weight, p[1])) {
					x, y = append(x, between[0][i]), append(y, between[1][i])
				}
			}
			return []float64{Spearman(x, y)}
		})...)
		shared := t.sharedNeighbours()
		f.Agreement = append(f.Agreement, resampledFigures(held, held, []string{fmt.Sprintf("same among %d nearest neighbours", min(neighbours, held-1))},
			func(weight []int) []float64 { return []float64{meanOf(shared, weight)} })...)
	}
	for i := range f.Agreement[:min(2, len(f.Agreement))] {
		f.Agreement[i].Unit = report.Number
	}
	if t.scores != nil {
		f.Metrics = resampled(len(t.scores), 40*len(t.scores), []metric{{name: "rank correlation", unit: report.Fraction}}, func(m int, weight []int) []float64 {
			if weight == nil {
				return []float64{Spearman(t.pairs[m], t.scores)}
			}
			var x, y []float64
			for i, w := range weight {
				for range w {
					x, y = append(x, t.pairs[m][i]), append(y, t.scores[i])
				}
			}
			return []float64{Spearman(x, y)}
		})
	}
	return f, nil
}

// drawPairs returns all pairs of n samples, or as many as are drawn of them.
func drawPairs(n int) (pairs [][2]int) {
	if n*(n-1)/2 <= pairsDrawn {
		for i := range n {
			for j := range i {
				pairs = append(pairs, [2]int{j, i})
			}
		}
		return pairs
	}
	rng := rand.New(rand.NewPCG(bootstrapSeed, 2))
	seen := map[[2]int]bool{}
	for len(pairs) < pairsDrawn {
		p := [2]int{rng.IntN(n), rng.IntN(n)}
		if p[0] > p[1] {
			p[0], p[1] = p[1], p[0]
		}
		if p[0] != p[1] && !seen[p] {
			seen[p], pairs = true, append(pairs, p)
		}
	}
	return pairs
}

// sharedNeighbours returns, for each sample held, the share of its nearest neighbours by the original
// that are among those by the pruned model.
func (t *embeddingTally) sharedNeighbours() []float64 {
	n := len(t.vectors[0])
	k := min(neighbours, n-1)
	shared := make([]float64, n)
	for i := range n {
		a, b := nearest(t.vectors[0], i, k), nearest(t.vectors[1], i, k)
		same := 0
		for _, j := range a {
			if slices.Contains(b, j) {
				same++
			}
		}
		shared[i] = float64(same) / float64(k)
	}
	return shared
}

// nearest returns the k vectors with the largest cosines to vector i; of equal ones the first.
func nearest(of [][]float64, i, k int) []int {
	type other struct {
		at     int
		cosine float64
	}
	var all []other
	for j, v := range of {
		if j != i {
			all = append(all, other{j, dot(of[i], v)})
		}
	}
	slices.SortStableFunc(all, func(a, b other) int { return cmp.Compare(b.cosine, a.cosine) })
	near := make([]int, k)
	for j := range near {
		near[j] = all[j].at
	}
	return near
}
