package html

import (
	"fmt"
	"strings"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/format"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/rotation"
)

// facts lists how the model was made.
func (v *view) facts(r *convert.Report) {
	add := func(name, text string, a ...any) { v.Facts = append(v.Facts, fact{name, fmt.Sprintf(text, a...)}) }
	if b := r.Budget; b != nil {
		text := fmt.Sprintf("%s %.4f", b.Metric, b.Reached)
		if b.Lambda == 0 || b.Keep < 1 {
			text += fmt.Sprintf(", wanted %g", b.Keep)
		}
		if b.Lambda > 0 {
			text += fmt.Sprintf(" at lambda %g", b.Lambda)
		}
		if b.Predicted != nil {
			text += fmt.Sprintf(", %.4f predicted", *b.Predicted)
		}
		if !b.Met {
			text += "; not met: " + b.Why
		}
		add("budget", "%s", text)
		if f := b.Fit; f != nil {
			add("prediction", "fitted to %d timed steps of %d networks; residual %.1f %% of a step, %.1f %% of a network", f.Samples, f.Networks, 100*f.Residual, 100*f.Total)
		}
	}
	if p := r.Partial; p != nil && len(p.StandIns) > 0 {
		add("stand-ins", "%d nodes are described, the first is %s (%s); something that couples the same axes was run instead", len(p.StandIns), p.StandIns[0].Node, p.StandIns[0].Operator)
	}
	if p := r.Partial; p != nil && len(p.Aside) > 0 {
		add("not run", "%d nodes, kept as they are, the first is %s (%s: %s)", len(p.Aside), p.Aside[0].Node, p.Aside[0].Operator, p.Aside[0].Reason)
		if len(p.Unproved) > 0 {
			add("not proven", "outputs %s as far as they depend on these nodes; latency is that of the rest", strings.Join(p.Unproved, ", "))
		}
	}
	v.choice(r.Choice)
	if k := r.Statistics; k != nil {
		add("statistics", "%s, of %s of %s samples (%s)", k.Path, format.Count(int64(k.Samples)), format.Count(int64(k.Total)), k.Source)
	}
	if k := r.Calibration; k != nil {
		add("calibration", "%s samples, %s", format.Count(int64(k.Samples)), source(k.Source))
	}
	if p := r.Preprocess; p != nil {
		guessed := ""
		if len(p.Guessed) > 0 {
			guessed = "; guessed: " + strings.Join(p.Guessed, ", ")
		}
		add("preprocessing", "%s%s", p.String(), guessed)
	}
	for _, f := range r.Folders {
		text := fmt.Sprintf("%s %s", format.Count(int64(f.Samples)), f.Of)
		if len(f.Classes) > 0 {
			text += fmt.Sprintf(" in %d classes", len(f.Classes))
		}
		if len(f.LeftOut) > 0 {
			text += fmt.Sprintf("; %d left out that could not be decoded", len(f.LeftOut))
		}
		if t := f.Text; t != nil {
			text += fmt.Sprintf("; %s of %s, %d tokens each (%s)", t.Model, t.Tokenizer, t.Length, t.From)
		}
		add(f.For, "%s", text)
	}
	v.free(r)
	v.judged(r)
	if m := r.Machine; m != nil && r.Original != nil {
		add("machine", "%s", machine(m, r.Level))
	}
}

// machine describes the machine that latencies were measured on.
func machine(m *report.Machine, level string) string {
	return fmt.Sprintf("peak %.1f GFLOP/s on %d threads, level %s", m.PeakGFLOPS, m.Threads, level)
}

// source describes the origin of samples.
func source(name string) string {
	switch name {
	case "synthetic":
		return "synthetic"
	case "statistics":
		return "from statistics"
	}
	return name
}

func (v *view) choice(k *report.Choice) {
	if k == nil {
		return
	}
	parts := []string{"criterion " + k.Criterion, "solver " + k.Solver}
	if k.Rounds > 1 {
		parts = append(parts, fmt.Sprintf("%d rounds", k.Rounds))
	}
	if k.Measured > 0 {
		parts = append(parts, fmt.Sprintf("%d errors measured at the outputs", k.Measured))
	}
	made := rotation.Made(k.Rotations)
	if made > 0 {
		parts = append(parts, fmt.Sprintf("%d groups rotated", made))
	}
	if left := len(k.Rotations) - made; left > 0 {
		parts = append(parts, fmt.Sprintf("%d not rotated, whose weights are sparse", left))
	}
	v.Facts = append(v.Facts, fact{"choice", strings.Join(parts, ", ")})
	if k.Note != "" {
		v.Facts = append(v.Facts, fact{"note", k.Note})
	}
}

// free lists the units that were removed, or could have been, without changing any output.
func (v *view) free(r *convert.Report) {
	var kinds []string
	units := map[string]int{}
	for _, f := range r.Free {
		if units[f.Kind] == 0 {
			kinds = append(kinds, f.Kind)
		}
		units[f.Kind] += len(f.Units)
	}
	for i, k := range kinds {
		kinds[i] = fmt.Sprintf("%d %s", units[k], k)
	}
	if len(kinds) > 0 {
		v.Facts = append(v.Facts, fact{"free units", strings.Join(kinds, ", ") + ": no output depends on them"})
	}
	if r.FreeKept != "" {
		v.Facts = append(v.Facts, fact{"free units kept", r.FreeKept})
	}
	silent := 0
	for _, s := range r.Silent {
		silent += len(s.Units)
	}
	if silent > 0 {
		v.Facts = append(v.Facts, fact{"silent units", fmt.Sprintf("%d, zero on the whole calibration set", silent)})
	}
}

// proofView shows the proof.
type proofView struct {
	Passed bool
	Checks []check
}

// check is one part of the proof.
type check struct {
	Passed     bool
	Name, Text string
}

func (v *view) proof(p *report.Proof) {
	if p == nil {
		return
	}
	of := func(x float64) string {
		return fmt.Sprintf("difference %.2g of the largest output, tolerance %.2g", x, p.Tolerance)
	}
	v.Proof = &proofView{Passed: p.Passed}
	add := func(passed bool, name, text string) {
		v.Proof.Checks = append(v.Proof.Checks, check{passed, name, text})
	}
	if p.Simplified != nil {
		add(*p.Simplified <= p.Tolerance, "simplified = original", of(*p.Simplified))
	}
	add(p.MaxRelDiff <= p.Tolerance, "cut = mask", fmt.Sprintf("%s (%.2g absolute)", of(p.MaxRelDiff), p.MaxAbsDiff))
	add(p.Predicted, "predicted = inferred", "the types that the plan predicts are those of the cut graph")
	add(p.Written, "written = read", "the file, read back, computes what the model in memory does, to the last bit")
}
