package op

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

func init() {
	register(Def{
		Name: "EmbedLayerNormalization", Domain: microsoft,
		Doc:   "sum of a word's, a position's and a segment's vector, to mean 0 and variance 1, then gamma and beta; https://github.com/microsoft/onnxruntime/blob/main/docs/ContribOperators.md#com.microsoft.EmbedLayerNormalization",
		Since: 1, Until: 1, MinIn: 1, MaxIn: 9, MinOut: 1, MaxOut: 3,
		Tolerance: Tolerance{1e-5, 1e-5},
		Takes: func(n *graph.Node, i int) Interval { // numbers of rows of the tables
			table, ok := map[int]int{0: 2, 1: 4, 8: 3}[i]
			if rows := inShape(n, table); ok && len(rows) > 0 {
				return positionsOf(rows[0])
			}
			return Any
		},
		Infer: inferEmbed, Couple: coupleEmbed, Eval: evalEmbed,
	})
}

// The inputs of EmbedLayerNormalization.
const (
	embedIDs = iota
	embedSegmentIDs
	embedWords
	embedPositions
	embedSegments
	embedGamma
	embedBeta
	embedMask
	embedPositionIDs
)

func inferEmbed(n *graph.Node) ([]graph.Type, error) {
	if err := required(n, embedIDs, embedWords, embedPositions, embedGamma, embedBeta); err != nil {
		return nil, err
	}
	for i, rank := range []int{2, 2, 2, 2, 2, 1, 1, 2, 2} {
		if err := wantRank(n, i, fmt.Sprintf("input %d", i), rank); err != nil {
			return nil, err
		}
	}
	ids, words := inType(n, embedIDs), inType(n, embedWords)
	out := unknownShape(3)
	if ids.Shape != nil {
		out[0], out[1] = ids.Shape[0], ids.Shape[1]
	}
	if words.Shape != nil {
		out[2] = words.Shape[1]
	}
	for _, i := range []int{embedPositions, embedSegments, embedGamma, embedBeta} {
		if s := inShape(n, i); s != nil && s[len(s)-1].Known() && out[2].Known() && s[len(s)-1] != out[2] {
			return nil, fmt.Errorf("input %d: want a width of %v, have shape %v", i, out[2], s)
		}
	}
	y := graph.TensorType(words.DType, out)
	return []graph.Type{y, graph.TensorType(ids.DType, graph.Shape{out[0]}), y}, nil
}

func coupleEmbed(n *graph.Node) (c Coupling, err error) {
	for _, i := range []int{embedIDs, embedSegmentIDs, embedMask, embedPositionIDs} {
		pinInput(&c, n, i, isParameter)
	}
	for _, i := range []int{embedWords, embedPositions, embedSegments} {
		if n.In(i) != nil {
			c.pinAxis(In(i, 0), "its positions are looked up by number")
			c.link(In(i, 1), Out(0, 2))
		}
	}
	c.link(In(embedGamma, 0), Out(0, 2))
	c.link(In(embedBeta, 0), Out(0, 2))
	c.pinAxis(Out(0, 0), "one for each of the numbers looked up")
	c.pinAxis(Out(0, 1), "one for each of the numbers looked up")
	if n.Out(1) != nil {
		c.pinAxis(Out(1, 0), isParameter)
	}
	for d := range 3 {
		if n.Out(2) != nil {
			c.link(Out(0, d), Out(2, d))
		}
	}
	c.Stat = append(c.Stat, Stat{In(embedWords, 1), n.Op + " computes a statistic over it"})
	return c, nil
}

// lookUp adds row ids[i] of a table to row i of sum.
func lookUp(sum []float64, ids []int, table *graph.Tensor, width int) error {
	v, err := floatsAt([]*graph.Tensor{table}, 0, "embedding", -1, width)
	if err != nil {
		return err
	}
	for i, id := range ids {
		if id < 0 || id >= table.Shape()[0] {
			return fmt.Errorf("index: want 0 to %d, have %d", table.Shape()[0]-1, id)
		}
		for d := range width {
			sum[i*width+d] += v[id*width+d]
		}
	}
	return nil
}

func evalEmbed(n *graph.Node, in []*graph.Tensor) ([]*graph.Tensor, error) {
	words := in[embedWords]
	if in[embedIDs].Rank() != 2 || words.Rank() != 2 {
		return nil, fmt.Errorf("want input_ids and word_embedding of 2 axes, have shapes %v and %v", in[embedIDs].Shape(), words.Shape())
	}
	batch, positions, width := in[embedIDs].Shape()[0], in[embedIDs].Shape()[1], words.Shape()[1]
	dims := []int{batch, positions, width}
	if err := mustFit(dims); err != nil {
		return nil, err
	}
	sum := make([]float64, volume(dims))
	if err := embed(in, sum, batch, positions, width); err != nil {
		return nil, err
	}
	gamma, err := floatsAt(in, embedGamma, "gamma", width)
	if err != nil {
		return nil, err
	}
	beta, err := floatsAt(in, embedBeta, "beta", width)
	if err != nil {
		return nil, err
	}
	y := append([]float64{}, sum...)
	normaliseRows(y, width, float64(n.Float("epsilon", 1e-12)), true)
	for i := range y {
		y[i] = y[i]*gamma[i%width] + beta[i%width]
	}
	out := make([]*graph.Tensor, len(n.Outputs()))
	if out[0], err = fromFloats(words.DType(), y, dims); err != nil {
		return nil, err
	}
	if n.Out(1) != nil {
		if out[1], err = countKept(in, batch, positions); err != nil {
			return nil, err
		}
	}
	if n.Out(2) != nil {
		out[2], err = fromFloats(words.DType(), sum, dims)
	}
	return out, err
}

// embed adds the vectors of words, positions and segments.
func embed(in []*graph.Tensor, sum []float64, batch, positions, width int) error {
	at := make([]int, batch*positions)
	for i := range at {
		at[i] = i % positions
	}
	for _, of := range [][2]int{{embedIDs, embedWords}, {embedPositionIDs, embedPositions}, {embedSegmentIDs, embedSegments}} {
		ids, err := intsOf(in, of[0])
		if err != nil {
			return err
		}
		table := tensorAt(in, of[1])
		switch {
		case of[0] == embedPositionIDs && ids == nil:
			ids = at
		case of[0] == embedPositionIDs && len(ids) == positions: // the same for every sample
			own := make([]int, len(at))
			for i := range own {
				own[i] = ids[i%positions]
			}
			ids = own
		case ids == nil || table == nil:
			continue
		}
		if len(ids) != len(at) {
			return fmt.Errorf("input %d: want %d x %d numbers, have %d", of[0], batch, positions, len(ids))
		}
		if err := lookUp(sum, ids, table, width); err != nil {
			return err
		}
	}
	return nil
}

// countKept returns how many positions of each sample the mask keeps, or 0 without a mask.
func countKept(in []*graph.Tensor, batch, positions int) (*graph.Tensor, error) {
	mask, err := intsOf(in, embedMask)
	if err != nil {
		return nil, err
	}
	if mask != nil && len(mask) != batch*positions {
		return nil, fmt.Errorf("mask: want %d x %d numbers, have %d", batch, positions, len(mask))
	}
	counts := make([]int64, batch)
	for i, m := range mask {
		if m == 1 {
			counts[i/positions]++
		}
	}
	return fromInts(in[embedIDs].DType(), counts, []int{batch})
}
