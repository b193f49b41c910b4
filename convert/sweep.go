package convert

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/graph/level"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// Sweep is one run over many candidates of a model, each of which is a file in Dir that is not made again.
type Sweep struct {
	In, Dir string
	// Config says how every candidate is made; its budget has the metric, and no fraction.
	Config Config
	// Load reads the data: Calibration is what candidates are chosen on and repaired from, Eval what they are measured on.
	Calibration, Eval func(*graph.Model) (*Data, error)
	Criteria          []string
	// Budgets are fractions of the metric that may remain, Lambdas prices of it; these are for criteria whose scores are errors.
	Budgets, Lambdas []float64
	// Patterns are of zeros that weights have in further candidates, each beside the one without.
	Patterns []Sparsity
	// Pick are conditions for one model, of which Picked becomes a copy; none for none.
	Pick   []Condition
	Picked string
}

// trials lists what candidates are made by, in the order of the report.
func (j *Sweep) trials() ([]Trial, error) {
	var all []Trial
	weighs := false
	for _, name := range j.Criteria {
		criterion, err := saliency.Lookup(name)
		if err != nil {
			return nil, err
		}
		for _, keep := range j.Budgets {
			all = append(all, Trial{Criterion: name, Metric: j.Config.Budget.Metric, Keep: keep})
		}
		if !criterion.AddsUp(j.Config.Normalization) {
			continue
		}
		weighs = true
		for _, lambda := range j.Lambdas {
			all = append(all, Trial{Criterion: name, Metric: j.Config.Budget.Metric, Keep: 1, Lambda: lambda})
		}
	}
	dense := len(all)
	for _, z := range j.Patterns {
		for _, t := range all[:dense] {
			t.Pattern, t.Zeros = z.Pattern, z.Share
			all = append(all, t)
		}
	}
	for i, t := range all {
		if slices.Contains(all[:i], t) {
			return nil, fmt.Errorf("%s: is asked for twice", t)
		}
		c := t.with(j.Config)
		if err := c.check(); err != nil {
			return nil, fmt.Errorf("%s: %w", t, err)
		}
	}
	if len(j.Lambdas) > 0 && !weighs {
		c := Trial{Criterion: j.Criteria[0], Metric: j.Config.Budget.Metric, Keep: 1, Lambda: j.Lambdas[0]}.with(j.Config)
		return nil, c.doesNotAddUp()
	}
	if len(all) == 0 {
		return nil, errors.New("want budgets or lambdas, have none")
	}
	return all, nil
}

// Run makes the candidates that are not there yet, times those that were not, and says which of all are worth a look. The report is there too when
// a gate failed. What is finished stays when the run is interrupted: the error is then an *Interrupted.
func (j Sweep) Run(ctx context.Context) (*SweepReport, error) {
	r := &SweepReport{Schema: SweepSchema, Command: "sweep", Level: level.Active.String(), Timings: map[string]float64{}, Original: &Figures{}}
	all, err := j.trials()
	if err != nil {
		return nil, err
	}
	tidy, err := staging.MkdirAll(j.Dir)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be written: %w", j.Dir, staging.Pathless(err))
	}
	defer tidy()
	if err := checkOutput(j.In, filepath.Join(j.Dir, "sweep.json")); err != nil {
		return nil, err
	}
	if len(j.Pick) > 0 {
		if err := checkOutput(j.In, j.Picked); err != nil {
			return nil, err
		}
	}
	s := &sweeping{Sweep: j, report: r, began: time.Now()}
	err = s.run(ctx, all)
	if ctx.Err() != nil {
		return nil, &Interrupted{Done: s.done, Total: len(all), Dir: j.Dir}
	}
	if err != nil && !IsGate(err) {
		return nil, err
	}
	return r, err
}

// Interrupted is the error of a sweep that was told to stop.
type Interrupted struct {
	Done, Total int
	Dir         string
}

func (i *Interrupted) Error() string {
	return fmt.Sprintf("interrupted: %d of %d candidates are finished and stay in %s; the same command goes on from there", i.Done, i.Total, i.Dir)
}

// sweeping is a Sweep under way.
type sweeping struct {
	Sweep
	report            *SweepReport
	original          *graph.Model
	calibration, eval *Data
	candidates        []*Candidate // one a trial, nil as long as it is not finished
	done              int
	began             time.Time
}

func (s *sweeping) run(ctx context.Context, all []Trial) (err error) {
	file, err := onnx.Read(s.In)
	if err != nil {
		return err
	}
	defer file.Done(&err)
	s.original = file.Model
	if err := checkWeights(file.Model); err != nil {
		return fmt.Errorf("%s: %w", s.In, err)
	}
	weights := onnx.External(file.Model)
	if len(s.Pick) > 0 {
		if err := checkExternal(weights, s.Picked); err != nil {
			return err
		}
	}
	if err := s.load(weights); err != nil {
		return err
	}
	keys, err := s.keys(all, weights)
	if err != nil {
		return err
	}
	s.candidates = make([]*Candidate, len(all))
	for i, t := range all {
		if s.candidates[i] = finished(filepath.Join(s.Dir, fileOf(t, keys[i])+".json"), keys[i], s.eval.Labels != nil); s.candidates[i] != nil {
			s.done++
		}
	}
	s.report.Found = s.done
	if s.done < len(all) {
		if err := s.make(ctx, all, keys); err != nil {
			return fmt.Errorf("%s: %w", s.In, err)
		}
	}
	if s.Config.Latency {
		if err := staged(s.report.Timings, "latency", func() error { return s.time(ctx) }); err != nil {
			return fmt.Errorf("%s: %w", s.In, err)
		}
	}
	return s.conclude(ctx)
}

// load reads the data and what is known of the original without running it.
func (s *sweeping) load(weights []string) (err error) {
	if s.calibration, err = s.Calibration(s.original); err != nil {
		return err
	}
	if s.eval, err = s.Eval(s.original); err == nil {
		err = checkLabels(s.original, s.eval)
	}
	if err != nil {
		return err
	}
	s.Config.Dims = Extents(s.original, s.Config.Dims)
	s.report.Original.count(s.original, s.Config.Dims)
	return fileFigures(s.In, weights, s.report.Original)
}

// conclude marks the front, writes the table and picks.
func (s *sweeping) conclude(ctx context.Context) error {
	r := s.report
	markFront(s.candidates)
	r.Candidates = s.candidates
	first := s.candidates[0]
	r.Measure = "agreement"
	if first.Drop != nil {
		r.Measure = "accuracy"
		accuracy := *first.Model.Accuracy + *first.Drop/100
		r.Original.Accuracy = &accuracy
	}
	if first.Latency != nil {
		r.Original.LatencyMS = &first.Latency.OriginalMS
	}
	r.Samples, _ = samplesIn(s.eval)
	var gate error
	if len(s.Pick) > 0 {
		chosen, met, err := pick(s.candidates, s.Pick)
		if err != nil {
			return err
		}
		r.Pick = &PickReport{Name: chosen.Name, Met: met}
		var wanted []string
		for _, k := range s.Pick {
			wanted = append(wanted, k.String())
		}
		r.Pick.Conditions = wanted
		if met {
			r.Pick.Path = s.Picked
			if err := copyModel(ctx, filepath.Join(s.Dir, chosen.Model.Path), s.Picked, s.Config.writeOptions()); err != nil {
				return err
			}
		} else {
			gate = &Gate{fmt.Sprintf("pick: no candidate meets %s; the nearest is %s: %s", strings.Join(wanted, ","), chosen.Name, chosen.figures(s.Pick))}
			r.Failed = []string{gate.Error()}
		}
	}
	r.Timings["total"] = time.Since(s.began).Seconds()
	return errors.Join(save(filepath.Join(s.Dir, "sweep.json"), r), gate)
}
