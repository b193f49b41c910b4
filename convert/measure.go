package convert

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// Count gives parameters, multiply-accumulates for one sample and nodes of a
// model. Symbolic dimensions count as dims says, else as 1. Operators that nobody
// defined, and those whose extents stay unknown, count as no work. Extents that hide behind shape arithmetic
// are known once that is folded.
func Count(m *graph.Model, dims map[string]int) (params, macs int64, nodes int) {
	return count(m, nil, dims)
}

// count does so for m; simplified is m without shape arithmetic, nil where that is still to be made.
func count(m, simplified *graph.Model, dims map[string]int) (params, macs int64, nodes int) {
	if c, err := withoutCalls(context.Background(), m); err == nil {
		m = c
	}
	bound := func(m *graph.Model) *graph.Model {
		c, _ := m.Clone()
		budget.Bind(c.Graph, dims)
		return c
	}
	c := bound(m)
	params, nodes = countWeights(c.Graph)
	macs, all := countWork(c.Graph)
	if all {
		return params, macs, nodes
	}
	if simplified != nil {
		c = bound(simplified)
	} else if err := passes.Run(context.Background(), c, simplify.All()); err != nil {
		return params, macs, nodes
	}
	macs, _ = countWork(c.Graph)
	return params, macs, nodes
}

// countWork counts multiply-accumulates; all reports whether nothing that takes some was left out.
func countWork(g *graph.Graph) (macs int64, all bool) {
	all = true
	for _, n := range g.Nodes {
		// An operator that cannot be inferred hides the cost of those behind it, no more.
		if err := op.Infer(n); err != nil {
			all = false
			continue
		}
		if d := op.Lookup(n); d != nil && d.Cost != nil {
			k, known := d.Cost(n).MACs.Int64()
			if all = all && known; known {
				macs += k
			}
		}
	}
	return macs, all
}

// countWeights counts elements of constants that some node reads as weights,
// and nodes, subgraphs included. Constant nodes are weights, not work.
func countWeights(g *graph.Graph) (params int64, nodes int) {
	eachWeight(g, func(t *graph.Tensor) { params += int64(t.Len()) })
	return params, countNodes(g)
}

func countNodes(g *graph.Graph) int {
	nodes := len(g.Nodes)
	for _, n := range g.Nodes {
		for _, sub := range n.Subgraphs() {
			nodes += countNodes(sub)
		}
	}
	return nodes
}

// fileFigures gives size and digest of the file at path; the size with that of the files beside it, where they are there.
func fileFigures(path string, beside []string, f *Figures) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.Path, f.Bytes, f.SHA256 = path, n, hex.EncodeToString(h.Sum(nil))
	for _, other := range beside {
		if info, err := os.Stat(other); err == nil && info.Mode().IsRegular() {
			f.Bytes += info.Size()
		}
	}
	return nil
}

// ratioOf is original over pruned.
func ratioOf(original, pruned *Figures) *Ratio {
	over := func(a, b int64) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / float64(b)
	}
	r := &Ratio{
		Params: over(original.Params, pruned.Params),
		MACs:   over(original.MACs, pruned.MACs),
		Bytes:  over(original.Bytes, pruned.Bytes),
	}
	if original.LatencyMS != nil && pruned.LatencyMS != nil && *pruned.LatencyMS > 0 {
		l := *original.LatencyMS / *pruned.LatencyMS
		r.Latency = &l
	}
	return r
}
