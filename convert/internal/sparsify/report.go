package sparsify

import (
	"fmt"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/recovery"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// summarize counts the zeros and records the pattern in the model's metadata.
func (t *sparsifier) summarize(done map[string]recovery.Repair) {
	s := t.result
	for _, l := range t.nodes {
		weights, nonZero := sparsity.Count(l)
		n := report.SparseNode{Node: l.Node.Title(), Pattern: t.pattern.Name, Weights: weights, NonZero: nonZero, Density: float64(nonZero) / float64(max(1, weights))}
		if r, ok := done[n.Node]; ok {
			n.Before, n.After = &r.Before, &r.After
		}
		s.Nodes = append(s.Nodes, n)
		s.Weights, s.NonZero = s.Weights+int64(weights), s.NonZero+int64(nonZero)
	}
	s.Reached = 1 - float64(s.NonZero)/float64(max(1, s.Weights))
	note := fmt.Sprintf("pattern=%s sparsity=%.4f", s.Pattern, s.Reached)
	for i, p := range t.in.Cut.Metadata {
		if p.Key == SparsityKey {
			t.in.Cut.Metadata[i].Value = note
			return
		}
	}
	t.in.Cut.Metadata = append(t.in.Cut.Metadata, graph.Property{Key: SparsityKey, Value: note})
}

// SparsityKey is the metadata key under which a model names its pattern.
const SparsityKey = "pollard.sparsity"
