package convert

import (
	"fmt"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// SparsityReport says which weights became zero.
type SparsityReport struct {
	Pattern    string             `json:"pattern"`
	Wanted     float64            `json:"wanted"`  // share of zeroes
	Reached    float64            `json:"reached"` // of the weights that can be zero
	Criterion  string             `json:"criterion"`
	Allocation string             `json:"allocation"`
	Weights    int64              `json:"weights"` // that can be zero
	NonZero    int64              `json:"nonzero"`
	Nodes      []SparseNodeReport `json:"nodes"`
	// Dense lists the products that keep all weights, and why.
	Dense []DenseNodeReport `json:"dense,omitempty"`
}

// SparseNodeReport is one node. Errors are as those of RepairReport, absent where nothing was measured.
type SparseNodeReport struct {
	Node    string   `json:"node"`
	Pattern string   `json:"pattern"`
	Weights int      `json:"weights"`
	NonZero int      `json:"nonzero"`
	Density float64  `json:"density"`
	Before  *float64 `json:"before,omitempty"`
	After   *float64 `json:"after,omitempty"`
}

// DenseNodeReport is a product of constant weights that stays as it is.
type DenseNodeReport struct {
	Node string `json:"node"`
	Why  string `json:"why"`
}

// report counts what came of it, and notes it in the model.
func (t *thinning) report(done map[string]recovery.Repair) {
	s := t.Result.Sparsity
	for _, l := range t.nodes {
		weights, nonZero := sparsity.Count(l)
		n := SparseNodeReport{Node: l.Node.Title(), Pattern: t.pattern.Name, Weights: weights, NonZero: nonZero, Density: float64(nonZero) / float64(max(1, weights))}
		if r, ok := done[n.Node]; ok {
			n.Before, n.After = &r.Before, &r.After
		}
		s.Nodes = append(s.Nodes, n)
		s.Weights, s.NonZero = s.Weights+int64(weights), s.NonZero+int64(nonZero)
	}
	s.Reached = 1 - float64(s.NonZero)/float64(max(1, s.Weights))
	note := fmt.Sprintf("pattern=%s sparsity=%.4f", s.Pattern, s.Reached)
	for i, p := range t.Cut.Metadata {
		if p.Key == SparsityKey {
			t.Cut.Metadata[i].Value = note
			return
		}
	}
	t.Cut.Metadata = append(t.Cut.Metadata, graph.Property{Key: SparsityKey, Value: note})
}

// SparsityKey is the key of the metadata under which a model names its pattern.
const SparsityKey = "pollard.sparsity"
