package task

import (
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

func init() { kinds[Generation] = newGeneration }

// generation takes the first output for scores of tokens [N,T,V]: at each place, of the token that
// follows. What follows is read from labels [N,T], of which negative numbers do not count, or else
// from the tokens that the model is fed. Perplexity is the exponential of the mean negative logarithm
// of the probability of what follows.
type generation struct {
	base
	probable bool // outputs are probabilities
	certain  bool // outputs are logarithms of probabilities
}

func newGeneration(b base, _ Options) (Task, error) {
	if len(b.outputs()) == 0 {
		return nil, fmt.Errorf("task: the model has no output")
	}
	g := &generation{base: b}
	by := producer(b.outputs()[0])
	g.probable, g.certain = by == "Softmax", by == "LogSoftmax"
	if b.about.How == "" {
		g.about.How = fmt.Sprintf("scores of tokens %v", b.outputs()[0].Type.Shape)
	}
	return g, nil
}

func (g *generation) Truth(d *dataset.Data, samples, labels string) error {
	n, err := known(samples, labels)
	if err != nil {
		return err
	}
	return attach(d, n)
}

// reads reports whether what follows can be read from the inputs.
func (g *generation) reads() bool { return hasTokens(g.model) }

func (g *generation) Start(d *dataset.Data) (Tally, error) {
	truth, err := truthful(d)
	return &generationTally{of: g, truth: truth}, err
}

// generationTally holds sums for each sample.
type generationTally struct {
	of     *generation
	truth  *dataset.Numbers
	same   []ratio
	losses [2][]ratio // of negative logarithms
}

// ratio is what a sample contributes to the numerator and to the denominator of a quotient.
type ratio struct{ over, under float64 }

// quotient returns the quotient of the sums.
func quotient(all []ratio, weight []int) float64 {
	var s ratio
	for i, r := range all {
		w := times(weight, i)
		s.over, s.under = s.over+w*r.over, s.under+w*r.under
	}
	if s.under == 0 {
		return 0
	}
	return s.over / s.under
}

func (t *generationTally) Add(b Batch) error {
	v := t.of.outputs()[0]
	out, err := both(b, v)
	if err != nil {
		return err
	}
	follows, counts, err := t.follows(b)
	if err != nil {
		return err
	}
	for i := range b.Count {
		shape := out[0][i].shape
		if len(shape) != 2 || shape[1] == 0 {
			return fmt.Errorf("output %q: want scores of shape [samples,tokens,vocabulary], have %v for each sample", v.Name, shape)
		}
		var same ratio
		var loss [2]ratio
		for at := range shape[0] {
			x, y := out[0][i].data[at*shape[1]:(at+1)*shape[1]], out[1][i].data[at*shape[1]:(at+1)*shape[1]]
			if counts != nil && at < len(counts[i]) && counts[i][at] == 0 {
				continue
			}
			if same.under++; sameClass(x, y) {
				same.over++
			}
			if follows == nil || at >= len(follows[i]) || follows[i][at] < 0 {
				continue
			}
			token := int(follows[i][at])
			if token >= shape[1] {
				return fmt.Errorf("labels: sample %d has token %d, and the model's are 0 to %d", b.First+i, token, shape[1]-1)
			}
			for m, scores := range [2][]float64{x, y} {
				loss[m].over, loss[m].under = loss[m].over+t.of.surprise(scores, token), loss[m].under+1
			}
		}
		t.same = append(t.same, same)
		for m := range loss {
			t.losses[m] = append(t.losses[m], loss[m])
		}
	}
	return nil
}

// surprise returns the negative logarithm of the probability of a token.
func (g *generation) surprise(x []float64, token int) float64 {
	switch {
	case g.certain:
		return -x[token]
	case g.probable:
		return -math.Log(max(x[token], math.SmallestNonzeroFloat64))
	}
	most, sum := x[largest(x)], 0.0
	for _, v := range x {
		sum += math.Exp(v - most)
	}
	return most + math.Log(sum) - x[token]
}

// follows returns which token follows at each place of each sample, negative where that is not known,
// and which places count: nil for all.
func (t *generationTally) follows(b Batch) (tokens, counts [][]float64, err error) {
	ids, mask := t.fed(b)
	if mask != nil {
		if counts, err = table(mask, b.Count); err != nil {
			return nil, nil, err
		}
	}
	if t.truth != nil {
		tokens, _, err = rowsOf(t.truth, b)
		return tokens, counts, err
	}
	if ids == nil {
		return nil, counts, nil
	}
	if tokens, err = table(ids, b.Count); err != nil {
		return nil, nil, err
	}
	for i, row := range tokens {
		row = append(slices.Clone(row[min(1, len(row)):]), -1) // nothing follows the last
		for at := range row[:len(row)-1] {
			if counts != nil && counts[i][at+1] == 0 {
				row[at] = -1
			}
		}
		tokens[i] = row
	}
	return tokens, counts, nil
}

// fed returns the inputs that are tokens and, if there is one, a mask of the places that count: whole
// numbers [N,T], of which the mask has zeros and ones.
func (t *generationTally) fed(b Batch) (ids, mask *graph.Tensor) {
	for _, v := range t.of.model.Graph.Inputs {
		x := b.Feeds[v.Name]
		if x == nil || x.Rank() != 2 || !x.DType().IsInt() {
			continue
		}
		n, _ := graph.Ints(x)
		switch most := slices.Max(append(n, 0)); {
		case most > 1 && ids == nil:
			ids = x
		case most == 1 && mask == nil && n[0] == 1:
			mask = x
		}
	}
	return ids, mask
}

// table returns the rows of a tensor of whole numbers [N,T].
func table(t *graph.Tensor, samples int) ([][]float64, error) {
	x, err := numbers(t)
	if err != nil {
		return nil, err
	}
	rows, width := make([][]float64, samples), len(x)/max(1, samples)
	for i := range rows {
		rows[i] = x[i*width : (i+1)*width]
	}
	return rows, nil
}

func (t *generationTally) Figures(context.Context) (*Figures, error) {
	n := len(t.same)
	f := &Figures{Samples: n}
	f.Agreement = resampledFigures(n, n, []string{"same next token"}, func(weight []int) []float64 { return []float64{quotient(t.same, weight)} })
	if !slices.ContainsFunc(t.losses[0], func(r ratio) bool { return r.under > 0 }) {
		return f, nil
	}
	f.Metrics = resampled(n, n, []metric{{name: "perplexity", unit: report.Number, lower: true}}, func(m int, weight []int) []float64 {
		return []float64{math.Exp(quotient(t.losses[m], weight))}
	})
	return f, nil
}
