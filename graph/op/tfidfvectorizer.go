package op

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "TfIdfVectorizer", Doc: "how often each n-gram of a pool stands in a sequence; https://onnx.ai/onnx/operators/onnx__TfIdfVectorizer.html",
		Since: 9, Until: Latest, MinIn: 1, MaxIn: 1, MinOut: 1, MaxOut: 1,
		Tolerance: Tolerance{1e-6, 1e-6},
		Infer:     inferTfIdfVectorizer, Eval: evalTfIdfVectorizer,
	})
}

// ngrams holds the decoded attributes of a TfIdfVectorizer.
type ngrams struct {
	least, most, skips int
	pool               map[string]int // the number of each n-gram, by its words
	words              bool           // the pool is of strings, not of integers
	places             []int          // where in the output each is counted
	weights            []float64
	mode               string
	width              int // of the output
}

// gramKey joins the words of an n-gram so that different n-grams have different keys.
func gramKey(words []string) string {
	var b strings.Builder
	for _, w := range words {
		b.WriteString(strconv.Itoa(len(w)) + ":" + w)
	}
	return b.String()
}

func ngramsOf(n *graph.Node) (g ngrams, err error) {
	g.least, g.most, g.skips = n.Int("min_gram_length", 1), n.Int("max_gram_length", 1), n.Int("max_skip_count", 0)
	if g.least < 1 || g.most < g.least || g.skips < 0 {
		return g, fmt.Errorf("want lengths of n-grams from 1 and skips from 0, have %d to %d and %d", g.least, g.most, g.skips)
	}
	if g.mode = n.Str("mode", ""); !slices.Contains([]string{"TF", "IDF", "TFIDF"}, g.mode) {
		return g, fmt.Errorf("mode: want TF, IDF or TFIDF, have %q", g.mode)
	}
	pool := texts(n, "pool_strings")
	if g.words = pool != nil; !g.words {
		for _, x := range n.Ints("pool_int64s") {
			pool = append(pool, strconv.Itoa(x))
		}
	}
	if err := g.readPool(pool, n.Ints("ngram_counts")); err != nil {
		return g, err
	}
	if g.places = n.Ints("ngram_indexes"); len(g.places) != len(g.pool) {
		return g, fmt.Errorf("ngram_indexes: want %d, one for each n-gram of the pool, have %d", len(g.pool), len(g.places))
	}
	for _, p := range g.places {
		if p < 0 || p >= mostElements {
			return g, fmt.Errorf("ngram_indexes: want numbers from 0, have %d", p)
		}
		g.width = max(g.width, p+1)
	}
	g.weights = slices.Repeat([]float64{1}, len(g.pool))
	if a := n.Attr("weights"); a != nil {
		if len(a.Floats) != len(g.pool) {
			return g, fmt.Errorf("weights: want %d, one for each n-gram of the pool, have %d", len(g.pool), len(a.Floats))
		}
		for i, w := range a.Floats {
			g.weights[i] = float64(w)
		}
	}
	return g, nil
}

// readPool divides the pool into n-grams. Those of one word begin at starts[0], those of two at
// starts[1], and so on.
func (g *ngrams) readPool(pool []string, starts []int) error {
	g.pool = map[string]int{}
	for i, start := range starts {
		end, size := len(pool), i+1
		if i+1 < len(starts) {
			end = starts[i+1]
		}
		if start < 0 || end < start || end > len(pool) || (end-start)%size != 0 {
			return fmt.Errorf("ngram_counts: %v do not divide a pool of %d", starts, len(pool))
		}
		for at := start; at < end; at += size {
			key := gramKey(pool[at : at+size])
			if _, twice := g.pool[key]; twice {
				return fmt.Errorf("pool: %q appears twice", pool[at:at+size])
			}
			g.pool[key] = len(g.pool)
		}
	}
	return nil
}

func inferTfIdfVectorizer(n *graph.Node) ([]graph.Type, error) {
	g, err := ngramsOf(n)
	if err != nil {
		return nil, err
	}
	x := inShape(n, 0)
	switch {
	case x == nil:
		return []graph.Type{{DType: graph.Float32}}, nil
	case len(x) == 1:
		return []graph.Type{graph.TensorType(graph.Float32, graph.ShapeOf(g.width))}, nil
	case len(x) == 2:
		return []graph.Type{graph.TensorType(graph.Float32, graph.Shape{x[0], graph.Size(g.width)})}, nil
	}
	return nil, fmt.Errorf("want a sequence or a batch of them, have shape %v", x)
}

// count adds to y how often each n-gram occurs in the words. The words of one may be up to skips
// apart, all equally far.
func (g *ngrams) count(words []string, y []float64) {
	for size := g.least; size <= min(g.most, len(words)); size++ {
		for gap := 1; gap <= g.skips+1; gap++ {
			if size == 1 && gap > 1 || (size-1)*gap >= len(words) {
				break
			}
			for start := 0; start+(size-1)*gap < len(words); start++ {
				gram := make([]string, size)
				for k := range gram {
					gram[k] = words[start+k*gap]
				}
				if id, ok := g.pool[gramKey(gram)]; ok {
					y[id]++
				}
			}
		}
	}
}

func evalTfIdfVectorizer(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	g, err := ngramsOf(n)
	if err != nil {
		return nil, err
	}
	x := in[0]
	words, err := wordsOf(x)
	if err != nil || g.words != (x.DType() == graph.String) {
		return nil, fmt.Errorf("want strings or integers as the pool has, have %v", x.DType())
	}
	dims := []int{g.width}
	switch x.Rank() {
	case 1:
	case 2:
		dims = []int{x.Shape()[0], g.width}
	default:
		return nil, fmt.Errorf("want a sequence or a batch of them, have shape %v", x.Shape())
	}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	y := make([]float64, volume(dims))
	for row := range len(y) / max(1, g.width) {
		size := x.Shape()[x.Rank()-1]
		counts := make([]float64, len(g.pool))
		g.count(words[row*size:(row+1)*size], counts)
		for id, c := range counts {
			if g.mode != "TF" {
				c = min(c, 1) * g.weights[id] // for IDF; TFIDF multiplies what TF counts
			}
			if g.mode == "TFIDF" {
				c *= counts[id]
			}
			y[row*g.width+g.places[id]] += c
		}
	}
	t, err := fromFloats(graph.Float32, y, dims)
	return []*graph.Tensor{t}, err
}

// wordsOf returns the elements of a tensor of strings or integers as texts.
func wordsOf(x *graph.Tensor) ([]string, error) {
	if x.DType() == graph.String {
		return graph.Data[string](x), nil
	}
	v, err := indices(x)
	if err != nil {
		return nil, err
	}
	out := make([]string, len(v))
	for i, e := range v {
		out[i] = strconv.FormatInt(e, 10)
	}
	return out, nil
}
