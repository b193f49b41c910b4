package runtime_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/pollard-dev/pollard/runtime"
)

// takes returns the time of an amount at the given cost per unit.
func takes(each, a runtime.Amount) float64 {
	sum := 0.0
	for i := range a {
		sum += each[i] * a[i]
	}
	return sum
}

// drawnAmount draws amounts of sizes that occur in networks.
func drawnAmount(r *rand.Rand) runtime.Amount {
	a := runtime.Amount{1}
	for i, size := range []float64{1e8, 1e6, 1e5, 1e6} {
		a[i+1] = size * (0.05 + r.Float64())
	}
	return a
}

// Times that are such sums are recovered, for every family separately. A step that is slower than
// its family by a factor is slower by it for other amounts too.
func TestFitFindsWhatIsExact(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	families := map[string]runtime.Amount{"a": {2e3, 0.009, 0.1, 0.3, 0.05}, "b": {0, 0.02, 0, 1, 0}}
	var samples []runtime.Sample
	for family, each := range families {
		for range 40 {
			a := drawnAmount(r)
			samples = append(samples, runtime.Sample{Step: family, Family: family, Amount: a, Time: takes(each, a)})
		}
	}
	f := runtime.NewFit(samples)
	if off := f.Residual(samples); off > 1e-6 {
		t.Errorf("residual %g", off)
	}
	for family, each := range families {
		for range 20 {
			a := drawnAmount(r)
			if have, want := f.Time("new", family, a), takes(each, a); math.Abs(have-want) > 1e-5*want {
				t.Errorf("%s: want %g, have %g", family, want, have)
			}
		}
	}
	slow := drawnAmount(r)
	f = runtime.NewFit(append(samples, runtime.Sample{Step: "slow", Family: "b", Amount: slow, Time: 3 * takes(families["b"], slow)}))
	a := drawnAmount(r)
	if ratio := f.Time("slow", "b", a) / f.Time("new", "b", a); ratio < 2.5 || ratio > 3.5 {
		t.Errorf("three times slower, predicted %g", ratio)
	}
	if have := f.Time("s", "of no family", a); have != 0 {
		t.Errorf("a family that was never seen: %g", have)
	}
}

// No coefficient is negative, whatever the samples say, so that less work is never predicted to
// take longer.
func TestFitIsMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	var samples []runtime.Sample
	for range 30 {
		a := drawnAmount(r)
		samples = append(samples, runtime.Sample{Step: "s", Family: "f", Amount: a, Time: max(1, 1e6-a[3])})
	}
	f := runtime.NewFit(samples)
	for range 100 {
		more := drawnAmount(r)
		less := more
		less[1+r.IntN(4)] *= r.Float64()
		if a, b := f.Time("s", "f", less), f.Time("s", "f", more); a > b || math.IsNaN(a) || a < 0 {
			t.Fatalf("%v takes %g, %v takes %g", less, a, more, b)
		}
	}
	if f := runtime.NewFit(nil); f.Time("s", "f", drawnAmount(r)) != 0 || f.Residual(nil) != 0 {
		t.Error("without samples something takes time")
	}
}
