package ticket

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// Prove holds the ticket against the source: values bit by bit, outputs of the cut against those of the masked model, and against those of the dense
// model whose weights are multiplied by the masks that a trainer gets. Calibration are samples by input to prove it on; nil for made-up ones. What was proven is
// entered in the report.
func (c *Builder) Prove(ctx context.Context, of Checkpoints, calibration map[string]*graph.Tensor, outputs bool, s stage.Settings, r *report.Report) error {
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

// proveCut holds the ticket against the masked source, and that against the source as it was read.
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
		return &stage.Gate{Reason: fmt.Sprintf("proof: ticket and mask differ by %.3g of the largest output, source and simplified source by %.3g, tolerance %.3g", proof.MaxRelDiff, simplified, proof.Tolerance)}
	}
	return nil
}

// proveMasks holds the ticket against the dense model with masked weights. Where a statistic runs over an axis that is cut,
// zeros count in the one and are gone in the other, which no mask of weights can make up for: that is said, and no fault.
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
	if rel <= proof.Tolerance {
		return nil
	}
	if n := c.cutStatistic(); n != nil {
		r.MaskNote = fmt.Sprintf("node %s takes a statistic over units that are cut: masked weights leave zeros there, which it counts; train the ticket, or mask what the node reads", n.Label())
		return nil
	}
	return &stage.Gate{Reason: fmt.Sprintf("proof: the dense model with masked weights and the ticket differ by %.3g of the largest output, tolerance %.3g", rel, proof.Tolerance)}
}

// cutStatistic is the first node that takes a statistic over an axis that is cut; nil for none.
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

// sameValues compares the weights of the ticket with those that the source's file has at the kept positions.
func (c *Builder) sameValues(of Checkpoints, r *report.Ticket) error {
	all := sha256.New()
	for _, v := range c.weights() {
		source := v.Const
		if was := originally(of.Source.Graph, v.Name); was == nil {
			r.Unnamed = append(r.Unnamed, v.Name)
		} else {
			source = was
		}
		have := c.Ticket.Graph.Value(v.Name)
		if have == nil || have.Const == nil {
			return fmt.Errorf("initializer %q: is not in the ticket", v.Name)
		}
		live := c.stays(v)
		want, kept := pickedBytes(source, live), have.Const.Raw()
		if c.zeros[v] != nil {
			kept = pickedBytes(have.Const, live)
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
		return &stage.Gate{Reason: fmt.Sprintf("ticket: %d of %d values are those of %s", r.Equal, r.Values, of.SourcePath)}
	}
	return nil
}

// pickedBytes is the elements of t that stay, one behind the other.
func pickedBytes(t *graph.Tensor, live []bool) []byte {
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

// originally is the contents of a constant in a graph as it was read, where exporters alias equal ones by Identity; nil for none.
func originally(g *graph.Graph, name string) *graph.Tensor {
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
