package convert

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"gonum.org/v1/gonum/mat"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/budget"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/linear"
	"github.com/pollard-dev/pollard/passes/saliency"
	"github.com/pollard-dev/pollard/passes/statistics"
	"github.com/pollard-dev/pollard/passes/surgery"
	"github.com/pollard-dev/pollard/runtime"
)

const sensitivitySamples = 128

type sensor struct {
	r      *Result
	c      Config
	known  *statistics.Set
	feeds  []map[string]*graph.Tensor
	want   []map[string]*graph.Tensor
	points map[*group.Group][]saliency.Measured
	count  int
}

func newSensor(ctx context.Context, r *Result, c Config, data map[string]*graph.Tensor, known *statistics.Set) (*sensor, error) {
	s := &sensor{r: r, c: c, known: known, points: map[*group.Group][]saliency.Measured{}}
	total, err := dataset.Samples(data)
	if err != nil {
		return nil, err
	}
	n := min(total, sensitivitySamples)
	for i := 0; i < n; i += 64 {
		from := i * total / n
		f, err := dataset.Subset(data, from, min(total, from+64))
		if err != nil {
			return nil, err
		}
		s.feeds = append(s.feeds, f)
	}
	s.want, err = s.run(ctx, r.Simplified)
	return s, err
}

func (s *sensor) run(ctx context.Context, m *graph.Model) ([]map[string]*graph.Tensor, error) {
	sess, err := runtime.Compile(m, runtime.Options{Threads: s.c.Threads})
	if err != nil {
		return nil, err
	}
	var out []map[string]*graph.Tensor
	for _, f := range s.feeds {
		o, err := sess.Run(ctx, f)
		if err != nil {
			return nil, err
		}
		out = append(out, o)
	}
	return out, nil
}

func (s *sensor) distance(have []map[string]*graph.Tensor) float64 {
	total := 0.0
	for _, name := range slices.Sorted(maps.Keys(s.want[0])) {
		apart, sum, square, n := 0.0, 0.0, 0.0, 0.0
		for b := range s.want {
			x, ok := graph.Floats(s.want[b][name])
			y, ok2 := graph.Floats(have[b][name])
			if !ok || !ok2 {
				continue
			}
			for i := range x {
				apart += (x[i] - y[i]) * (x[i] - y[i])
				sum += x[i]
				square += x[i] * x[i]
				n++
			}
		}
		if v := square - sum*sum/max(n, 1); v > 0 {
			total += apart / v
		}
	}
	return total
}

// measure is the output error when g alone keeps the units.
func (s *sensor) measure(ctx context.Context, g *group.Group, kept []int) (float64, error) {
	p := &group.Plan{Kept: map[*group.Group][]int{g: kept}}
	cut, err := surgery.Cut(s.r.Simplified, s.r.Analysis, p)
	if err != nil {
		return 0, err
	}
	for i, n := range s.r.Simplified.Graph.Nodes {
		l := linear.Of(n)
		if l == nil || l.Groups > 1 && false {
			continue
		}
		keptIn := s.r.Analysis.Kept(p, n.In(0), l.In)
		if keptIn == nil {
			continue
		}
		gram := s.known.Gram(l)
		if gram == nil {
			continue
		}
		c := cut.Graph.Nodes[i]
		lc := linear.Of(c)
		if lc == nil {
			return 0, fmt.Errorf("lost %s", n.Label())
		}
		if lc.Groups != l.Groups {
			continue
		}
		w, b := compensated(l, gram, keptIn)
		if len(w) != len(lc.Weights()) {
			continue
		}
		lc.Write(w, b)
	}
	have, err := s.run(ctx, cut)
	if err != nil {
		return 0, err
	}
	return s.distance(have), nil
}

// compensated: W'_K = W_K + W_S G_SK G_KK^-1.
func compensated(l *linear.Map, gram *statistics.Gram, keptIn []int) (weights, bias []float64) {
	w := l.Weights()
	bias = l.Bias()
	each := l.Cols / l.Taps
	live := map[int]bool{}
	for _, k := range keptIn {
		live[k] = true
	}
	for g := range l.Groups {
		var K, S []int
		for p := range each {
			for t := range l.Taps {
				if live[g*each+p] {
					K = append(K, p*l.Taps+t)
				} else {
					S = append(S, p*l.Taps+t)
				}
			}
		}
		var h []float64
		if l.HasBias {
			h = gram.Covariance(g)
		} else {
			h = gram.SecondMoment(g)
		}
		n := l.Cols
		mean := 0.0
		for i := range n {
			mean += h[i*n+i] / float64(n)
		}
		kk := mat.NewSymDense(len(K), nil)
		for i, a := range K {
			for j := i; j < len(K); j++ {
				kk.SetSym(i, j, h[a*n+K[j]])
			}
			kk.SetSym(i, i, kk.At(i, i)+0.01*mean+1e-12)
		}
		var ch mat.Cholesky
		ok := len(S) > 0 && ch.Factorize(kk)
		var A mat.Dense
		if ok {
			ks := mat.NewDense(len(K), len(S), nil)
			for i, a := range K {
				for j, b := range S {
					ks.Set(i, j, h[a*n+b])
				}
			}
			ch.SolveTo(&A, ks) // K x S
		}
		for o := range l.Outs {
			row := w[(g*l.Outs+o)*l.Cols:][:l.Cols]
			for i, a := range K {
				v := row[a]
				if ok {
					for j, b := range S {
						v += row[b] * A.At(i, j)
					}
				}
				weights = append(weights, v)
			}
			if bias != nil {
				for j, b := range S {
					m := gram.Sums[g][b] / gram.Rows
					if ok {
						for i, a := range K {
							m -= A.At(i, j) * gram.Sums[g][a] / gram.Rows
						}
					}
					bias[g*l.Outs+o] += row[b] * m
				}
			}
		}
	}
	return weights, bias
}

func (s *sensor) sharpen(ctx context.Context, scores, original budget.Scores, plan *group.Plan) error {
	for _, g := range s.r.Analysis.Groups {
		removed := 0
		if kept := plan.Kept[g]; len(kept) > 0 {
			removed = g.Units - len(kept)
		}
		if len(s.points[g]) == 0 && removed == 0 {
			removed = g.Units / 3
		}
		near := slices.ContainsFunc(s.points[g], func(m saliency.Measured) bool {
			return max(m.Removed-removed, removed-m.Removed)*16 <= g.Units
		})
		if removed == 0 || near {
			continue
		}
		order := make([]int, g.Units)
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(original[g][a], original[g][b]) })
		e, err := s.measure(ctx, g, slices.Sorted(slices.Values(order[removed:])))
		if err != nil {
			return err
		}
		s.points[g] = append(s.points[g], saliency.Measured{Removed: removed, Error: e})
		s.count++
		scores[g] = saliency.Through(original[g], s.points[g])
	}
	return nil
}
