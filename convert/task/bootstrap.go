package task

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pollard-dev/pollard/convert/report"
)

const (
	// resamples and leastResamples bound how often samples are drawn again. As many are drawn as take
	// bootstrapWork steps.
	resamples, leastResamples = 1000, 100
	bootstrapWork             = 1 << 28
	bootstrapSeed             = 18
)

// bootstrap returns the values of statistics of n samples, and their percentile intervals over samples
// drawn with replacement (Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13). of
// computes the statistics when sample i counts weight[i] times; nil counts each once. cost is how many
// steps one call of it takes. A value that is not finite is left out of its interval.
func bootstrap(n, cost int, of func(weight []int) []float64) (values []float64, intervals []*report.Interval) {
	values = of(nil)
	intervals = make([]*report.Interval, len(values))
	if n < 2 {
		return values, intervals
	}
	times := min(max(bootstrapWork/max(1, cost+n), leastResamples), resamples)
	rng := rand.New(rand.NewPCG(bootstrapSeed, uint64(n)))
	weight, drawn := make([]int, n), make([][]float64, len(values))
	for range times {
		clear(weight)
		for range n {
			weight[rng.IntN(n)]++
		}
		for i, x := range of(weight) {
			if !math.IsNaN(x) && !math.IsInf(x, 0) {
				drawn[i] = append(drawn[i], x)
			}
		}
	}
	for i, x := range drawn {
		if len(x) > 0 {
			slices.Sort(x)
			intervals[i] = &report.Interval{Low: quantile(x, (1-Confidence)/2), High: quantile(x, (1+Confidence)/2)}
		}
	}
	return values, intervals
}

// quantile returns a quantile of sorted numbers, interpolated.
func quantile(x []float64, q float64) float64 {
	at := q * float64(len(x)-1)
	i := int(at)
	if i+1 >= len(x) {
		return x[len(x)-1]
	}
	return x[i] + (at-float64(i))*(x[i+1]-x[i])
}

// times returns how often a sample counts.
func times(weight []int, i int) float64 {
	if weight == nil {
		return 1
	}
	return float64(weight[i])
}

// meanOf returns the weighted mean of numbers, one a sample; 0 of none.
func meanOf(x []float64, weight []int) float64 {
	sum, n := 0.0, 0.0
	for i, v := range x {
		w := times(weight, i)
		sum, n = sum+w*v, n+w
	}
	if n == 0 {
		return 0
	}
	return sum / n
}

// metric describes a metric without its values.
type metric struct {
	name, unit string
	lower      bool // is better
}

// resampled returns metrics of n samples with bootstrap intervals. of returns the values of each
// metric for one model; 0 is the original.
func resampled(n, cost int, metrics []metric, of func(model int, weight []int) []float64) []report.Metric {
	k := len(metrics)
	all := make([]report.Metric, k)
	for i, m := range metrics {
		all[i] = report.Metric{Name: m.name, Unit: m.unit, HigherIsBetter: !m.lower}
	}
	values, intervals := bootstrap(n, 2*cost, func(weight []int) []float64 {
		a, b := of(0, weight), of(1, weight)
		out := slices.Concat(a, b)
		for i := range a {
			out = append(out, all[i].Scale()*(a[i]-b[i]))
		}
		return out
	})
	for i := range all {
		m := &all[i]
		m.Original, m.Pruned, m.Drop = values[i], values[k+i], values[2*k+i]
		m.OriginalInterval, m.PrunedInterval, m.DropInterval = intervals[i], intervals[k+i], intervals[2*k+i]
	}
	return all
}

// resampledFigures returns figures of n samples with bootstrap intervals.
func resampledFigures(n, cost int, names []string, of func(weight []int) []float64) []report.Figure {
	values, intervals := bootstrap(n, cost, of)
	all := make([]report.Figure, len(names))
	for i, name := range names {
		all[i] = report.Figure{Name: name, Unit: report.Fraction, Value: values[i], Interval: intervals[i]}
	}
	return all
}

// shareOf returns the share of samples for which something holds.
func shareOf(name string, holds []bool) report.Figure {
	k := 0
	for _, h := range holds {
		if h {
			k++
		}
	}
	i := wilson(k, len(holds))
	return report.Figure{Name: name, Unit: report.Fraction, Value: float64(k) / float64(max(1, len(holds))), Interval: &i}
}

// shares returns the metric that counts for what share of the samples something holds of each model.
func shares(name string, holds [2][]bool) report.Metric {
	var p pairs
	for i, a := range holds[0] {
		switch b := holds[1][i]; {
		case a && b:
			p.both++
		case a:
			p.first++
		case b:
			p.second++
		default:
			p.neither++
		}
	}
	a, b := shareOf(name, holds[0]), shareOf(name, holds[1])
	d, i := p.difference()
	return report.Metric{Name: name, Unit: report.Fraction, HigherIsBetter: true,
		Original: a.Value, OriginalInterval: a.Interval, Pruned: b.Value, PrunedInterval: b.Interval,
		Drop: 100 * d, DropInterval: &report.Interval{Low: 100 * i.Low, High: 100 * i.High}}
}
