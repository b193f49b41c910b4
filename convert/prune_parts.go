package convert

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/apart"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/figures"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/op"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// divide sets aside what of the model cannot be run: from then on the original is the rest.
func (p *pruning) divide(ctx context.Context) error {
	whole, err := canonical.Inline(ctx, p.original)
	if err != nil {
		return err
	}
	if in, outputs := apart.StandIns(whole); in != nil {
		p.report.Partial = &report.Partial{StandIns: in, Unproved: outputs}
		if err := p.skipEvaluation(in[0]); err != nil {
			return err
		}
	}
	parts, err := apart.Of(ctx, whole)
	if parts == nil || err != nil { // if no part can be run, units can still be chosen by weights alone
		return ctx.Err()
	}
	s := &p.options.Settings
	partial := p.report.Partial
	if partial == nil {
		partial = &report.Partial{}
	}
	for _, name := range partial.Unproved {
		if !slices.Contains(parts.Lost, name) {
			parts.Lost = append(parts.Lost, name)
		}
	}
	p.report.Partial = &report.Partial{StandIns: partial.StandIns, Skipped: partial.Skipped, Aside: parts.Aside, MadeUp: parts.MadeUp, Guessed: parts.Guessed, Uncounted: parts.Uncounted, Unproved: parts.Lost}
	p.parts, p.original = parts, parts.Runs
	for _, a := range parts.Aside {
		s.Report(fmt.Sprintf("node %q (%s) stays as it is and is not run: %s", a.Node, a.Operator, a.Reason), 0, 0)
	}
	for _, name := range slices.Sorted(maps.Keys(parts.Guessed)) {
		s.Report(fmt.Sprintf("value %q is taken to have the shape of %q, which nothing contradicts", name, parts.Guessed[name]), 0, 0)
	}
	given := p.options.Settings.Dims
	s.Dims = samples.Extents(p.original, given)
	for name, n := range samples.Chosen(s.Dims, given) {
		if p.report.Extents == nil {
			p.report.Extents = map[string]int{}
		}
		p.report.Extents[name] = n
	}
	p.count(p.report.Original, parts.Whole)
	return p.completeData()
}

// count counts the multiply-accumulates of m, all of a model in parts, with guessed types.
func (p *pruning) count(f *report.Figures, m *graph.Model) {
	_, f.MACs, _ = figures.Count(p.parts.Typed(m), p.options.Settings.Dims)
}

// skip reports something that was asked for and is left out.
func (p *pruning) skip(what string) {
	p.report.Partial.Skipped = append(p.report.Partial.Skipped, what)
	p.options.Settings.Report(what, 0, 0)
}

// skipEvaluation drops the evaluation data, because one of the model's nodes cannot be run as it is. What
// the evaluation is to decide cannot be had.
func (p *pruning) skipEvaluation(a report.Aside) error {
	if p.job.MaxDrop != nil || p.job.MinAgreement != nil {
		return fmt.Errorf("accuracy and agreement cannot be measured, so max-drop and min-agreement cannot be held: node %q (%s): %s", a.Node, a.Operator, a.Reason)
	}
	if p.eval == nil {
		return nil
	}
	p.skip("accuracy and agreement are not measured: the whole model cannot be run")
	err := p.eval.Close()
	p.eval, p.task = nil, nil
	return err
}

// completeData makes the data those of the part that is run.
func (p *pruning) completeData() error {
	if err := p.skipEvaluation(p.parts.Aside[0]); err != nil {
		return err
	}
	p.proof = nil
	if p.calibration == nil {
		return nil
	}
	s := p.options.Settings
	all, err := p.parts.Source(p.calibration.Samples, s.Dims, s.Seed)
	if err != nil {
		p.skip("the calibration data are not used, inputs are made up: " + err.Error())
		err = p.calibration.Close()
		p.calibration = nil
		return err
	}
	p.calibration.Samples = all
	return p.loadProof()
}

// rejoin puts the parts of the pruned model together.
func (p *pruning) rejoin() (err error) {
	p.pruned = p.result.Cut
	if p.parts != nil {
		if p.pruned, err = p.parts.Rejoin(p.result.Cut); err != nil {
			return err
		}
	}
	c, _ := p.pruned.Clone()
	if err := op.UnalignBroadcasts(c.Graph); err != nil {
		return err
	}
	saved, err := simplify.Unfold(c, p.given)
	if saved > 0 || p.pruned.Opsets[""] < 7 {
		p.pruned = c
	}
	return err
}

// grown says which constants that the original does not have are in a pruned model whose file is larger.
func (p *pruning) grown() *report.Grown {
	if p.report.Pruned.Bytes <= p.report.Original.Bytes {
		return nil
	}
	g := &report.Grown{}
	for _, v := range p.pruned.Graph.AllValues() {
		if v.Const == nil || p.given[v.Name] {
			continue
		}
		bytes := v.Const.Bytes()
		if g.Bytes += bytes; bytes > g.LargestBytes {
			g.Largest, g.LargestBytes = v.Name, bytes
		}
	}
	return g
}

// constantsOf names the constants of m.
func constantsOf(m *graph.Model) map[string]bool {
	names := map[string]bool{}
	for _, v := range m.Graph.AllValues() {
		if v.Const != nil {
			names[v.Name] = true
		}
	}
	return names
}

// readBack reports whether the file at path computes what the pruned model does, as far as that can be
// run.
func (p *pruning) readBack(ctx context.Context, path string) (same bool, err error) {
	s := p.options.Settings
	if p.parts == nil {
		return proof.ReadBack(ctx, path, p.result.Simplified, p.result.Cut, p.proof, s)
	}
	read, err := onnx.Read(path)
	if err != nil {
		return false, fmt.Errorf("the written file cannot be read back: %w", err)
	}
	defer read.Done(&err)
	have, err := p.parts.Again(read.Model)
	want, failed := p.parts.Again(p.pruned)
	if err = errors.Join(err, failed); err != nil {
		return false, err
	}
	feeds := p.proof
	if feeds == nil {
		if feeds, err = proof.Feeds(p.result.Simplified, s); err != nil {
			return false, err
		}
	}
	return proof.Written(ctx, have, want, feeds, s.Threads)
}

// explain corrects what the report says of a model in parts: what belongs to the interface of the part
// that is run only because of the other part is pinned by that.
func (p *pruning) explain() {
	if p.parts == nil {
		return
	}
	p.report.Pinned = slices.Clone(p.report.Pinned)
	for i, x := range p.report.Pinned {
		if !strings.HasPrefix(x.Operator, "graph ") {
			continue
		}
		if a, ok := p.parts.Touches(x.Value); ok {
			p.report.Pinned[i] = group.Pinned{Value: x.Value, Weight: x.Weight, Axis: x.Axis, Size: x.Size, Operator: a.Operator, Reason: fmt.Sprintf("%s (at %q)", a.Reason, a.Node)}
		}
	}
}
