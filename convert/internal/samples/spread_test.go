package samples_test

import (
	"slices"
	"testing"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// Each batch spreads over all of the data, no sample is in two, and as many are used as may be.
func TestSpread(t *testing.T) {
	data := func(n int) dataset.Source {
		x := make([]float32, n*10)
		for i := range x {
			x[i] = float32(i / 10)
		}
		s, err := dataset.Held(map[string]*graph.Tensor{"x": graph.TensorOf(x, n, 10)})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct {
		batch                      string
		given, most, want, batches int
	}{{"N", 3000, 1000, 1000, 32}, {"N", 70, 1000, 70, 3}, {"N", 5, 1000, 5, 1}, {"7", 40, 1000, 35, 5}, {"7", 40, 20, 14, 2}, {"7", 40, 3, 7, 1}} {
		m := batched(t, c.batch)
		b, count, err := samples.Spread(m, data(c.given), c.most)
		if err != nil || count != c.want || b.Len() != c.batches {
			t.Errorf("%+v: have %d samples in %d batches (%v)", c, count, b.Len(), err)
			continue
		}
		seen := map[float32]bool{}
		for i := range b.Len() {
			read := func(some []int) (of []float32) {
				f, err := b.Read(i, some)
				if err != nil {
					t.Fatal(err)
				}
				x := graph.Data[float32](f["x"])
				for k := 0; k < len(x); k += 10 {
					of = append(of, x[k])
				}
				return of
			}
			all := read(nil)
			if len(all) != b.Samples(i) {
				t.Errorf("%+v: batch %d has %d samples, not %d", c, i, len(all), b.Samples(i))
			}
			for _, s := range all {
				if seen[s] {
					t.Errorf("%+v: sample %g is read twice", c, s)
				}
				seen[s] = true
			}
			last := len(all) - 1
			if some := read([]int{last, 0}); !slices.Equal(some, []float32{all[last], all[0]}) {
				t.Errorf("%+v: have %v of %v", c, some, all)
			}
			if span := float64(all[last] - all[0]); last > 0 && span < 0.7*float64(c.given)*float64(last)/float64(last+1) {
				t.Errorf("%+v: batch %d spans %g of %d samples", c, i, span, c.given)
			}
		}
		if len(seen) != count {
			t.Errorf("%+v: %d samples are read", c, len(seen))
		}
	}
	if _, _, err := samples.Spread(batched(t, "7"), data(3), 100); err == nil {
		t.Error("3 samples fill a batch of 7")
	}
}

// counted counts the samples that are read of a source.
type counted struct {
	dataset.Source
	read []int
}

func (c *counted) Read(samples []int) (map[string]*graph.Tensor, error) {
	c.read = append(c.read, samples...)
	return c.Source.Read(samples)
}

// Samples that are not wanted are not read, and the others when their batch is.
func TestSamplesAreReadWhereTheyAreWanted(t *testing.T) {
	made, err := samples.Synthetic(batched(t, "N"), nil, 1000, 1)
	if err != nil {
		t.Fatal(err)
	}
	held, err := dataset.Held(made)
	if err != nil {
		t.Fatal(err)
	}
	data := &counted{Source: held}
	b, _, err := samples.Spread(batched(t, "N"), data, 100)
	if err != nil || len(data.read) > 0 {
		t.Fatalf("%d samples were read too early, %v", len(data.read), err)
	}
	for i := range b.Len() {
		data.read = nil
		if _, err := b.Read(i, []int{1}); err != nil || len(data.read) != 1 {
			t.Errorf("batch %d: %d samples were read for one, %v", i, len(data.read), err)
		}
	}
	data.read = nil
	if _, err := samples.First(data, batched(t, "7")); err != nil || !slices.Equal(data.read, []int{0, 1, 2, 3, 4, 5, 6}) {
		t.Errorf("the first batch: samples %v were read, %v", data.read, err)
	}
	data.read = nil
	for b, err := range samples.FromSource(data).Batches(10, 30, 8) {
		if err != nil || len(data.read) != b.First+b.Count-10 {
			t.Errorf("batch at %d: %d samples were read, %v", b.First, len(data.read), err)
		}
	}
}

// The samples that errors are judged on are those that statistics hold out, the last of every five, and
// no others, however many are asked for.
func TestHeldOutReadsNoSampleThatIsLearntFrom(t *testing.T) {
	x := make([]float32, 103*10)
	for i := range x {
		x[i] = float32(i / 10)
	}
	data, err := dataset.Held(map[string]*graph.Tensor{"x": graph.TensorOf(x, 103, 10)})
	if err != nil {
		t.Fatal(err)
	}
	for most, want := range map[int]int{1000: 20, 20: 20, 7: 7} {
		b, count, err := samples.HeldOut(batched(t, "N"), data, 5, most)
		if err != nil || count != want {
			t.Fatalf("most %d: have %d (%v)", most, count, err)
		}
		seen := map[float32]bool{}
		for i := range b.Len() {
			f, err := b.Read(i, nil)
			if err != nil {
				t.Fatal(err)
			}
			of := graph.Data[float32](f["x"])
			for k := 0; k < len(of); k += 10 {
				seen[of[k]] = true
				if int(of[k])%5 != 4 {
					t.Errorf("most %d: sample %g is learnt from", most, of[k])
				}
			}
		}
		if len(seen) != want {
			t.Errorf("most %d: %d samples are read", most, len(seen))
		}
	}
}
