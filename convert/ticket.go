package convert

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// TicketJob is one run of Ticket on files: the export of a lottery ticket (Frankle and Carbin 2019,
// https://arxiv.org/abs/1803.03635), the structure that a trained network selects with the values it had before training.
type TicketJob struct {
	// Trained selects; Initial is the same network before training. Rewind, where it is not empty, is a checkpoint from early in the
	// training whose values the ticket has instead (Frankle et al. 2020, https://arxiv.org/abs/1912.05671).
	Trained, Initial, Rewind string
	// Out is the ticket, Mask an .npz of bool arrays by initializer for a trainer that keeps the dense form; empty for none.
	Out, Mask string
	Config    Config
	// Sparsity is the fraction of the multiplied weights that are set to 0 one by one, instead of a budget; 0 for none. Config.Solver
	// says whether each matrix loses the same part (uniform) or the lowest of all go (global).
	Sparsity    float64
	Calibration func(*graph.Model) (*Data, error)
	// Ready is as in Job.
	Ready func(*Report) error
}

// TicketReport says what a ticket was made of, and that its values are the initial ones.
type TicketReport struct {
	Trained string `json:"trained"`
	Initial string `json:"initial"`
	Rewind  string `json:"rewind,omitempty"`
	Mask    string `json:"mask,omitempty"`
	// Sparsity is the part of the multiplied weights that is masked one by one; absent where units were cut.
	Sparsity float64 `json:"sparsity,omitempty"`
	// Values counts the elements of weights that the ticket keeps, Equal those that have the bits that they have in the source.
	Values int64 `json:"values"`
	Equal  int64 `json:"bit_equal"`
	// SHA256 is the digest of the kept values, in the order of Kept.
	SHA256 string             `json:"sha256"`
	Kept   []KeptValuesReport `json:"kept"`
	// MaskDiff is how far the dense model with its weights multiplied by the masks is from the ticket, as a fraction of the largest
	// output. MaskNote says why that is not 0 where statistics run over a cut axis.
	MaskDiff float64 `json:"mask_max_rel_diff"`
	MaskNote string  `json:"mask_note,omitempty"`
	// Unnamed lists weights of the ticket under names that the source has none of, for the exporter left them to be computed.
	Unnamed []string `json:"unnamed,omitempty"`
}

// KeptValuesReport is one initializer of the ticket.
type KeptValuesReport struct {
	Name  string `json:"name"`
	Shape []int  `json:"shape"`
	Dense []int  `json:"dense_shape"`
	Kept  int64  `json:"kept"`
	// SHA256 is the digest of the kept values, Source that of the source's values at the same positions.
	SHA256 string `json:"sha256"`
	Source string `json:"source_sha256"`
}

// Ticket selects, cuts the initial model, proves the cut and writes it. The error of a failed gate is a *Gate and comes with the
// report; then nothing is written unless Config.Force says so.
func Ticket(ctx context.Context, j TicketJob) (_ *Report, err error) {
	t := &ticket{TicketJob: j, report: NewReport("ticket")}
	t.report.Original, t.report.Pruned = &Figures{}, &Figures{}
	t.report.Ticket = &TicketReport{Trained: j.Trained, Initial: j.Initial, Rewind: j.Rewind, Sparsity: j.Sparsity}
	defer onnx.DoneAll(&t.files, &err)
	if err := t.open(); err != nil {
		return nil, err
	}
	err = t.run(ctx)
	if err != nil && !IsGate(err) {
		return nil, err
	}
	if err != nil {
		t.report.Failed = strings.Split(err.Error(), "\n")
	}
	return t.report, err
}

// ticket is a TicketJob under way.
type ticket struct {
	TicketJob
	report *Report
	files  []*onnx.File
	// source is the model whose values the ticket has: the initial one, or that of Rewind.
	trained, initial, source *graph.Model
	calibration              *Data
}

// open reads the files and refuses outputs that would overwrite one of them.
func (t *ticket) open() error {
	if t.Initial == "" {
		return errors.New("initial: want the file with the network before training, have none")
	}
	if t.Mask != "" && samePath(t.Mask, t.Out) {
		return fmt.Errorf("mask: %s is the output too", t.Mask)
	}
	paths := []string{t.Trained, t.Initial}
	if t.Rewind != "" {
		paths = append(paths, t.Rewind)
	}
	for _, path := range paths {
		for _, out := range []string{t.Out, t.Mask} {
			if out == "" && t.Out != "" {
				continue
			}
			if err := checkOutput(path, out); err != nil {
				return err
			}
		}
		file, figures, err := checkpoint(path)
		if err != nil {
			return err
		}
		t.files = append(t.files, file)
		if err := checkWeights(file.Model); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		t.report.Original = figures // of the last, which is the source
		if path == t.Initial {
			t.report.Initial = figures
		}
		if err := checkExternal(onnx.External(file.Model), t.Out); err != nil {
			return err
		}
	}
	t.trained, t.initial, t.source = t.files[0].Model, t.files[1].Model, t.files[len(t.files)-1].Model
	if t.Calibration == nil {
		return nil
	}
	var err error
	t.calibration, err = t.Calibration(t.trained)
	return err
}

// sourcePath is the file whose values the ticket has.
func (t *ticket) sourcePath() string {
	if t.Rewind != "" {
		return t.Rewind
	}
	return t.Initial
}

// run goes from the models read to the file written.
func (t *ticket) run(ctx context.Context) error {
	if t.Config.Criterion == "" && (t.calibration == nil || t.Sparsity > 0) {
		t.Config.Criterion = fallbackCriterion // magnitude, as in the paper
	}
	base, a, err := simplified(ctx, t.source, simplify.Unfused())
	if err != nil {
		return fmt.Errorf("%s: %w", t.sourcePath(), err)
	}
	c := &carving{base: base, analysis: a}
	choose := t.structured
	if t.Sparsity > 0 {
		choose = t.sparse
	}
	var gates []error
	for _, step := range []func(context.Context, *carving) error{choose, t.prove, t.write} {
		err := step(ctx, c)
		switch {
		case err == nil:
			continue
		case !IsGate(err):
			return err
		}
		gates = append(gates, err)
		if c.ticket == nil || !t.Config.Force {
			break
		}
	}
	return errors.Join(gates...)
}

// structured cuts the units that the trained network can do without out of the source.
func (t *ticket) structured(ctx context.Context, c *carving) error {
	r, err := t.choose(ctx)
	if r != nil && r.Choice != nil {
		t.report.Choice = r.Choice
	}
	if err != nil {
		return prefixed(t.Trained, err)
	}
	like, _, err := Simplify(ctx, t.source)
	if err != nil {
		return fmt.Errorf("%s: %w", t.sourcePath(), err)
	}
	pairs, err := counterpart(r.Simplified, like)
	if err != nil {
		return fmt.Errorf("%s: is not the network of %s: %w", t.sourcePath(), t.Trained, err)
	}
	if err := c.cutLike(r, pairs); err != nil {
		return fmt.Errorf("%s: %w", t.sourcePath(), err)
	}
	t.report.Groups = groupReports(c.analysis, c.plan, nil)
	t.report.Pinned = c.analysis.Pinned
	o := r.Outcome
	t.report.Budget = &BudgetReport{Metric: string(t.Config.Budget.Metric), Keep: t.Config.Budget.Keep, Reached: o.Reached, Met: o.Met, Why: o.Why}
	return missed(t.Config.Budget, r)
}

// samePath reports whether two paths lead to one place.
func samePath(a, b string) bool {
	x, errX := filepath.Abs(a)
	y, errY := filepath.Abs(b)
	return errX == nil && errY == nil && x == y
}

// prefixed puts a path before an error, and leaves a gate a gate.
func prefixed(path string, err error) error {
	if IsGate(err) {
		return err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// choose selects units of the trained model, which is neither merged nor rotated nor repaired: the source would not follow.
func (t *ticket) choose(ctx context.Context) (*Result, error) {
	c := t.Config
	c.NoLossless, c.NoRotation, c.Recovery = true, true, NoRecovery
	k := c.Criterion
	if k == "" {
		k = DefaultCriterion
	}
	criterion, err := saliency.Lookup(k)
	if err != nil {
		return nil, err
	}
	if criterion.NeedsInitial {
		c.Initial, c.InitialPath = t.initial, t.Initial
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	in := Samples{}
	if t.calibration != nil {
		in.Calibration = t.calibration.Feeds
	}
	p := &prepared{Config: c, in: in}
	if err := p.simplify(ctx, t.trained, t.report.Timings); err != nil {
		return nil, err
	}
	if err := p.study(ctx, t.report.Timings, c.Criterion); err != nil {
		return nil, err
	}
	r := p.candidate()
	return r, staged(t.report.Timings, "plan", func() error { return r.plan(ctx, p, p.choices[0]) })
}

// write puts the ticket and the masks where they belong, having read the ticket back.
func (t *ticket) write(ctx context.Context, c *carving) (err error) {
	stage, err := newStage(ctx, t.Out, c.ticket, t.Config.writeOptions())
	if err != nil {
		return err
	}
	defer stage.discard()
	t.report.Pruned.count(c.ticket, Extents(c.ticket, t.Config.Dims))
	if err := fileFigures(stage.path, []string{stage.path + ".data"}, t.report.Pruned); err != nil {
		return err
	}
	t.report.Ratio = ratioOf(t.report.Original, t.report.Pruned)
	read, err := onnx.Read(stage.path)
	if err != nil {
		return fmt.Errorf("the written file cannot be read back: %w", err)
	}
	defer read.Done(&err)
	if t.report.Proof != nil {
		if t.report.Proof.Written, err = proveWritten(ctx, read.Model, c.ticket, c.feeds, t.Config.Threads); err != nil {
			return err
		}
		if !t.report.Proof.Written {
			t.report.Proof.Passed = false
			return &Gate{"proof: the file read back computes something else than the model that was written"}
		}
	}
	for _, f := range append([]*onnx.File{read}, t.files...) {
		if err := f.Unchanged(); err != nil {
			return err
		}
	}
	if t.Mask != "" {
		t.report.Ticket.Mask = t.Mask
	}
	return stage.commit(t.Out, t.report, func(r *Report) error {
		if t.Ready != nil {
			if err := t.Ready(r); err != nil {
				return err
			}
		}
		if t.Mask == "" {
			return nil
		}
		return dataset.SaveNPZ(ctx, t.Mask, c.masks())
	})
}
