package ticket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// Prove compares the ticket with the source: its values bit by bit; the outputs of the cut with
// those of the masked source; and both with the dense model whose weights are multiplied by the
// masks that a trainer gets. It runs on the calibration samples or, if they are nil, on made-up
// inputs, and records the results in the report.
func (c *Builder) Prove(ctx context.Context, of Checkpoints, calibration dataset.Source, outputs bool, s stage.Settings, r *report.Report) error {
	if err := c.sameValues(of, r.Ticket); err != nil {
		return err
	}
	if !outputs {
		return nil
	}
	return stage.Timings(r.Timings).Time("proof", func() (err error) {
		s.Dims = samples.Extents(of.Source, s.Dims)
		if calibration != nil {
			c.Feeds, err = samples.First(calibration, of.Source)
		} else {
			c.Feeds, err = proof.Feeds(c.base, s)
		}
		if err != nil {
			return fmt.Errorf("proof: %w", err)
		}
		if err := c.proveCut(ctx, of, s, r); err != nil {
			return err
		}
		return c.proveMasks(ctx, s.Threads, r.Ticket)
	})
}

// proveCut compares the ticket with the masked source, and the masked source with the source as it
// was read.
func (c *Builder) proveCut(ctx context.Context, of Checkpoints, s stage.Settings, r *report.Report) error {
	simplified, known, err := proof.Simplified(ctx, of.Source, c.base, c.Feeds, s.Threads)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	plan := c.plan
	if plan == nil {
		plan = &group.Plan{}
	}
	dense := c.base
	if c.zeros != nil {
		if dense, err = c.masked(); err != nil {
			return err
		}
	}
	proof, err := proof.Cut(ctx, dense, c.Ticket, c.analysis, plan, c.Feeds, s.Threads)
	if err != nil {
		return fmt.Errorf("proof: %w", err)
	}
	r.Proof = proof
	if known {
		proof.Simplified = &simplified
	}
	if !proof.Passed || known && simplified > proof.Tolerance {
		proof.Passed = false
		return &stage.Gate{Reason: fmt.Sprintf("proof: ticket and mask differ by %.3g of the largest output, source and simplified source by %.3g, tolerance %.3g",
			proof.MaxRelDiff, simplified, proof.Tolerance)}
	}
	return nil
}

// proveMasks compares the ticket with the dense model with masked weights. If a statistic runs over
// a cut axis, zeros count in one model and are absent in the other. No mask of weights can make up
// for that: it is reported, but it is not a failure.
func (c *Builder) proveMasks(ctx context.Context, threads int, r *report.Ticket) error {
	masked, err := c.masked()
	if err != nil {
		return err
	}
	e := runtime.Evaluator{Threads: threads}
	want, err := e.Evaluate(ctx, c.Ticket, c.Feeds)
	if err != nil {
		return err
	}
	have, err := e.Evaluate(ctx, masked, c.Feeds)
	if err != nil {
		return err
	}
	_, rel, err := proof.Difference(want, have)
	if err != nil {
		return err
	}
	r.MaskDiff = rel
	tolerance := proof.ToleranceOf(c.Ticket)
	if rel <= tolerance {
		return nil
	}
	if n := c.cutStatistic(); n != nil {
		r.MaskNote = fmt.Sprintf("node %s takes a statistic over removed units: with masked weights it counts their zeros; train the ticket, or mask what the node reads",
			n.Label())
		return nil
	}
	return &stage.Gate{Reason: fmt.Sprintf("proof: the dense model with masked weights and the ticket differ by %.3g of the largest output, tolerance %.3g",
		rel, tolerance)}
}

// cutStatistic returns the first node that takes a statistic over a cut axis, or nil.
func (c *Builder) cutStatistic() *graph.Node {
	if c.plan == nil {
		return nil
	}
	for _, n := range c.base.Graph.Nodes {
		for _, s := range c.analysis.StatAxes(n) {
			if c.analysis.Kept(c.plan, s.Value, s.Axis) != nil {
				return n
			}
		}
	}
	return nil
}

// sameValues compares the weights of the ticket with the source file's at the kept positions.
func (c *Builder) sameValues(of Checkpoints, r *report.Ticket) error {
	all := sha256.New()
	for _, v := range c.weights() {
		source := v.Const
		if was := originalConstant(of.Source.Graph, v.Name); was == nil {
			r.Unnamed = append(r.Unnamed, v.Name)
		} else {
			source = was
		}
		have := c.Ticket.Graph.Value(v.Name)
		if have == nil || have.Const == nil {
			return fmt.Errorf("initializer %q: missing from the ticket", v.Name)
		}
		live := c.kept(v)
		want, kept := keptBytes(source, live), have.Const.Raw()
		if c.zeros[v] != nil {
			kept = keptBytes(have.Const, live)
		}
		k := report.KeptValues{Name: v.Name, Shape: have.Const.Shape(), Dense: v.Const.Shape(), SHA256: hexDigest(kept), Source: hexDigest(want)}
		size := max(1, source.DType().Bits()/8)
		k.Kept = int64(len(kept) / size)
		r.Values += k.Kept
		for i := 0; i+size <= min(len(want), len(kept)); i += size {
			if bytes.Equal(want[i:i+size], kept[i:i+size]) {
				r.Equal++
			}
		}
		all.Write(kept)
		r.Kept = append(r.Kept, k)
	}
	r.SHA256 = hex.EncodeToString(all.Sum(nil))
	if r.Equal != r.Values {
		return &stage.Gate{Reason: fmt.Sprintf("ticket: want every value as in the source, have %d of %d as in %s", r.Equal, r.Values, of.SourcePath)}
	}
	return nil
}

// keptBytes returns the elements of t that are kept, one after the other.
func keptBytes(t *graph.Tensor, live []bool) []byte {
	size := t.DType().Bits() / 8
	var out []byte
	for i, l := range live {
		if l && (i+1)*size <= len(t.Raw()) {
			out = append(out, t.Raw()[i*size:(i+1)*size]...)
		}
	}
	return out
}

func hexDigest(b []byte) string {
	d := sha256.Sum256(b)
	return hex.EncodeToString(d[:])
}

// originalConstant returns the contents of a constant in a graph as it was read, in which exporters
// alias equal constants by Identity; nil if there is none.
func originalConstant(g *graph.Graph, name string) *graph.Tensor {
	v := g.Value(name)
	for v != nil && v.Const == nil {
		n, _ := v.Def()
		switch {
		case n == nil || n.Domain != "":
			return nil
		case n.Op == "Identity":
			v = n.In(0)
		case n.Op == "Constant" && n.Attr("value") != nil:
			return n.Attr("value").Tensor
		default:
			return nil
		}
	}
	if v == nil {
		return nil
	}
	return v.Const
}
