package study

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/calibrate"
	"github.com/pollard-dev/pollard/convert/internal/canonical"
	"github.com/pollard-dev/pollard/convert/internal/defaults"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/redundancy"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
)

const (
	// nearCopy is the correlation from which two units count as near copies.
	nearCopy = 0.9
	// deathWork bounds the multiplications of the draws for one group, maxDraws and minDraws their
	// number.
	deathWork, maxDraws, minDraws = 2e9, 2000, 20
)

// dropRates lists the probabilities with which units are dropped.
var dropRates = []float64{0.25, 0.5, 0.75}

// redundancyStudy is a run of Redundancy.
type redundancyStudy struct {
	settings        stage.Settings
	original, model *graph.Model
	analysis        *group.Analysis
	data            dataset.Source
	known           *statistics.Set
	report          *report.Redundancy
}

// Redundancy reports how redundant the model is on the given samples.
func Redundancy(ctx context.Context, original *graph.Model, data dataset.Source, s stage.Settings, t stage.Timings) (*report.Redundancy, error) {
	s.Threads = s.Workers()
	x := &redundancyStudy{settings: s, original: original, data: data, report: &report.Redundancy{Correlation: nearCopy}}
	return x.report, x.run(ctx, t)
}

func (x *redundancyStudy) run(ctx context.Context, t stage.Timings) error {
	var err error
	if x.model, x.analysis, err = canonical.Simplify(ctx, x.original); err != nil {
		return err
	}
	if len(x.analysis.Groups) == 0 {
		return errors.New("the model has no units that can be removed")
	}
	err = t.Time("calibrate", func() error {
		criterion, err := saliency.Lookup(defaults.DefaultCriterion)
		if err != nil {
			return err
		}
		wanted := calibrate.Wanted(x.analysis, x.model, criterion)
		wanted.Grams = append(wanted.Grams, redundancy.Wants(x.analysis, x.model).Grams...)
		x.known, x.report.Samples, err = calibrate.Collect(ctx, x.model, samples.FromSource(x.data), dataset.Whole(), wanted, x.settings)
		return err
	})
	if err != nil {
		return err
	}
	if err := t.Time("functional groups", func() error { return x.functional(ctx) }); err != nil {
		return err
	}
	return x.measureRemovals(ctx, t)
}

// functional finds functional groups and drops units from them.
func (x *redundancyStudy) functional(ctx context.Context) error {
	random := rand.New(rand.NewPCG(x.settings.Seed, 0x726564756e64))
	for i, g := range x.analysis.Groups {
		if err := ctx.Err(); err != nil {
			return err
		}
		x.settings.Report("functional groups", i, len(x.analysis.Groups))
		r := redundancy.Of(x.analysis, x.model, g, x.known)
		if r == nil {
			x.report.Unseen = append(x.report.Unseen, g.Name)
			continue
		}
		all, silent := r.Functionals(nearCopy * nearCopy)
		f := report.Functional{Group: g.Name, Kind: g.Kind, Units: g.Units, Silent: len(silent), Rank: len(all)}
		for _, one := range all {
			f.Sizes = append(f.Sizes, len(one.Units))
			for _, u := range one.Units[1:] {
				if math.Abs(r.Correlation[u*g.Units+one.Representative]) >= nearCopy {
					f.Copies++
				}
			}
		}
		slices.SortFunc(f.Sizes, func(a, b int) int { return b - a })
		x.report.Groups = append(x.report.Groups, f)
		n := float64(g.Units)
		draws := int(max(minDraws, min(maxDraws, deathWork/(n*n*n))))
		for _, q := range dropRates {
			gone, lost, err := r.Deaths(all, nearCopy*nearCopy, q, draws, random)
			if err != nil {
				return fmt.Errorf("group %s: %w", g.Name, err)
			}
			for k, one := range all {
				x.addDeath(len(one.Units), q, gone[k], lost[k])
			}
		}
	}
	x.finishDeaths()
	return nil
}

// addDeath adds one functional group to those of its size.
func (x *redundancyStudy) addDeath(m int, q, gone, lost float64) {
	i := slices.IndexFunc(x.report.Deaths, func(d report.Death) bool { return d.Size == m && d.Drop == q })
	if i < 0 {
		i = len(x.report.Deaths)
		x.report.Deaths = append(x.report.Deaths, report.Death{Size: m, Drop: q, Predicted: math.Pow(q, float64(m))})
	}
	d := &x.report.Deaths[i]
	d.Groups++
	d.Gone += gone
	d.Lost += lost
}

func (x *redundancyStudy) finishDeaths() {
	for i := range x.report.Deaths {
		d := &x.report.Deaths[i]
		d.Gone /= float64(d.Groups)
		d.Lost /= float64(d.Groups)
	}
	slices.SortFunc(x.report.Deaths, func(a, b report.Death) int {
		return cmp.Or(cmp.Compare(a.Size, b.Size), cmp.Compare(a.Drop, b.Drop))
	})
}
