package latency

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/pollard-dev/pollard/convert/internal/cut"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/runtime"
)

// Prediction predicts how long a model takes with fewer units, from the times of the model and of
// some networks cut from it.
type Prediction struct {
	threads  int
	feeds    map[string]*graph.Tensor
	original runtime.Candidate
	Share    float64        // time of the simplified model as a fraction of the original's
	steps    []runtime.Step // of the simplified model
	rest     float64        // nanoseconds of a run outside of any step
	samples  []runtime.Sample
	fit      *runtime.Fit
	Report   report.Fit
}

// timedParts lists the parts of every group that the timed networks keep. Further networks keep
// parts drawn at random, so that the inputs and the outputs of a node do not always shrink
// together.
var timedParts = []float64{1, 3. / 4, 1. / 2, 1. / 4, 1. / 8}

const (
	timedAtRandom = 4
	// profileRuns and profileLimit bound the timing of each network, profileTries the repetitions.
	profileRuns  = 40
	profileTries = 3
	profileLimit = 2500 * time.Millisecond
	// RatioRuns and ratioLimit bound the timing of two models in turn. The gain of a cut is read
	// off the medians, and other work on the machine must not be mistaken for it.
	RatioRuns  = 1000
	ratioLimit = 6 * time.Second
	// quiet is the largest interquartile range, as a fraction of the median, of a machine that does
	// nothing else.
	quiet = 0.15
	// StripWidth is the number of columns that the runtime's matrix products compute at a time.
	StripWidth = 16
)

// Predict times the original, the simplified model with the given groups, and networks cut from the
// latter. Excluded groups stay whole.
func Predict(ctx context.Context, original, simplified *graph.Model, analysis *group.Analysis, excluded func(*group.Group) bool,
	s stage.Settings) (*Prediction, error) {
	feeds, err := samples.Synthetic(original, s.Dims, 1, s.Seed)
	if err != nil {
		return nil, err
	}
	both, err := Sessions([]*graph.Model{original, simplified}, feeds, runtime.Options{Threads: s.Threads})
	if err != nil {
		return nil, err
	}
	t := &Prediction{threads: s.Threads, feeds: feeds, original: both[0]}
	if t.Share, err = timeRatio(ctx, both); err != nil {
		return nil, err
	}
	cost, err := budget.NewCostModel(simplified, analysis, s.Dims)
	if err != nil {
		return nil, err
	}
	plans := plansToTime(analysis, cost.Steps(StripWidth), excluded, s.Seed)
	var sums []float64 // of the step times, by network
	var ends []int
	for i, p := range plans {
		s.Report("latency of cut networks", i, len(plans))
		sum, err := t.sample(ctx, simplified, analysis, p)
		if err != nil {
			return nil, err
		}
		sums, ends = append(sums, sum), append(ends, len(t.samples))
	}
	t.fit = runtime.NewFit(t.samples)
	t.Report = report.Fit{Networks: len(plans), Samples: len(t.samples), Residual: t.fit.Residual(t.samples)}
	from := 0
	for i, to := range ends {
		predicted := 0.0
		for _, seen := range t.samples[from:to] {
			predicted += t.fit.Time(seen.Step, seen.Family, seen.Amount)
		}
		t.Report.Total = max(t.Report.Total, predicted/sums[i]-1, 1-predicted/sums[i])
		from = to
	}
	return t, nil
}

// plansToTime returns the plans of the networks to time. The first keeps everything.
func plansToTime(a *group.Analysis, steps map[*group.Group]int, excluded func(*group.Group) bool, seed uint64) []*group.Plan {
	r := rand.New(rand.NewPCG(seed, 0))
	var plans []*group.Plan
	for i := range len(timedParts) + timedAtRandom {
		p := &group.Plan{Kept: map[*group.Group][]int{}}
		for _, g := range a.Groups {
			part := timedParts[r.IntN(len(timedParts))]
			if i < len(timedParts) {
				part = timedParts[i]
			}
			step := max(1, steps[g])
			n := max(1, int(part*float64(g.Units)+0.5))
			if n = (n + step - 1) / step * step; n >= g.Units || excluded(g) {
				continue
			}
			for u := range n {
				p.Kept[g] = append(p.Kept[g], u)
			}
		}
		plans = append(plans, p)
	}
	return plans
}

// sample times the steps of m cut by p and returns their sum.
func (t *Prediction) sample(ctx context.Context, m *graph.Model, a *group.Analysis, p *group.Plan) (float64, error) {
	cut, err := cut.Apply(ctx, m, a, p)
	if err != nil {
		return 0, err
	}
	s, err := runtime.Compile(cut, runtime.Options{Threads: t.threads})
	if err != nil {
		return 0, err
	}
	seen, err := t.profile(ctx, s)
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, st := range seen.Steps {
		if st.Work == nil {
			return 0, errors.New("the extents of the model's values are not known until it runs")
		}
		took := float64(st.Min)
		sum += took
		family, a := st.Work.Amount(st.Work.Extents())
		t.samples = append(t.samples, runtime.Sample{Step: st.Work.Step, Family: family, Amount: a, Time: took})
	}
	if t.steps == nil {
		t.steps, t.rest = seen.Steps, float64(seen.Rest)
	}
	return sum, nil
}

// profile returns the least time of each step of s. It repeats a profile that other work on the
// machine has disturbed.
func (t *Prediction) profile(ctx context.Context, s *runtime.Session) (*runtime.Profile, error) {
	var least *runtime.Profile
	for range profileTries {
		p, err := s.Profile(ctx, t.feeds, profileRuns, profileLimit)
		if err != nil {
			return nil, err
		}
		if least == nil {
			least = p
		}
		least.Rest = min(least.Rest, p.Rest)
		for i := range least.Steps {
			least.Steps[i].Min = min(least.Steps[i].Min, p.Steps[i].Min)
		}
		if float64(p.Median) <= (1+quiet)*float64(least.Least()) {
			break
		}
	}
	return least, nil
}

// Works returns the steps of the simplified model in terms of the values of m, which is the
// simplified model or is cut from it.
func (t *Prediction) Works(m *graph.Model) []budget.Work {
	works := []budget.Work{{Time: func([][]int) float64 { return t.rest }}}
	for _, st := range t.steps {
		w, all := st.Work, st.Work.Extents()
		var values []*graph.Value
		var at []int
		for i, v := range w.Values {
			if own := m.Graph.Value(v.Name); own != nil && len(own.Type.Shape) == len(all[i]) {
				values, at = append(values, own), append(at, i)
			}
		}
		works = append(works, budget.Work{Values: values, Time: func(extents [][]int) float64 {
			for i, k := range at {
				all[k] = extents[i]
			}
			family, a := w.Amount(all)
			return t.fit.Time(w.Step, family, a)
		}})
	}
	return works
}

// Measure returns the time of m as a fraction of the original's.
func (t *Prediction) Measure(ctx context.Context, m *graph.Model) (float64, error) {
	s, err := runtime.Compile(m, runtime.Options{Threads: t.threads})
	if err != nil {
		return 0, err
	}
	return timeRatio(ctx, []runtime.Candidate{t.original, {Session: s, Feeds: t.feeds}})
}

// timeRatio times both candidates in turn and returns the time of the second as a fraction of the
// first's.
func timeRatio(ctx context.Context, both []runtime.Candidate) (float64, error) {
	ls, err := runtime.Time(ctx, both, RatioRuns, ratioLimit)
	if err != nil {
		return 0, err
	}
	return RatioOfTimes(ctx, both, ls)
}

// RatioOfTimes returns the ratio of the medians or, if these are too noisy, of the sums of the
// least times of all steps. Other work on the machine interrupts long runs more often than short
// ones, so that medians would make the second model look faster than it is. A step is short enough
// to run undisturbed now and then.
func RatioOfTimes(ctx context.Context, both []runtime.Candidate, ls []runtime.Latency) (float64, error) {
	if max(spreadOf(ls[0]), spreadOf(ls[1])) <= quiet {
		return float64(ls[1].Median) / float64(max(1, ls[0].Median)), nil
	}
	var least [2]time.Duration
	for i, c := range both {
		p, err := c.Session.Profile(ctx, c.Feeds, RatioRuns/4, ratioLimit/2)
		if err != nil {
			return 0, err
		}
		least[i] = p.Least()
	}
	return float64(least[1]) / float64(max(1, least[0])), nil
}

// spreadOf returns the interquartile range as a fraction of the median.
func spreadOf(l runtime.Latency) float64 { return float64(l.Spread) / float64(max(1, l.Median)) }
