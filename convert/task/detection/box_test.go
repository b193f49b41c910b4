package detection

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestIoUByHand(t *testing.T) {
	b := Box{Left: 0, Top: 0, Right: 4, Bottom: 2}
	for _, c := range []struct {
		other Box
		want  float64
	}{
		{b, 1},
		{Box{Left: 2, Top: 0, Right: 6, Bottom: 2}, 4.0 / 12},
		{Box{Left: 1, Top: 1, Right: 3, Bottom: 3}, 2.0 / 10},
		{Box{Left: 4, Top: 0, Right: 8, Bottom: 2}, 0},   // they touch
		{Box{Left: 9, Top: 9, Right: 10, Bottom: 10}, 0}, // they are apart on both axes
		{Box{Left: 3, Top: 1, Right: 1, Bottom: 0}, 0},   // inside out, so empty
	} {
		if have := IoU(b, c.other); math.Abs(have-c.want) > 1e-12 || have != IoU(c.other, b) {
			t.Errorf("%+v: want %v, have %v", c.other, c.want, have)
		}
	}
	if have := IoU(Box{}, Box{}); have != 0 {
		t.Errorf("empty boxes: %v", have)
	}
}

// slowIoU counts the unit squares of boxes with whole corners.
func slowIoU(a, b Box) float64 {
	both, either := 0, 0
	in := func(b Box, x, y float64) bool { return x > b.Left && x < b.Right && y > b.Top && y < b.Bottom }
	for x := 0.5; x < 20; x++ {
		for y := 0.5; y < 20; y++ {
			p, q := in(a, x, y), in(b, x, y)
			if p && q {
				both++
			}
			if p || q {
				either++
			}
		}
	}
	return float64(both) / float64(max(1, either))
}

func randomBoxes(rng *rand.Rand, n int) []Box {
	boxes := make([]Box, n)
	for i := range boxes {
		x, y := float64(rng.IntN(15)), float64(rng.IntN(15))
		boxes[i] = Box{x, y, x + 1 + float64(rng.IntN(5)), y + 1 + float64(rng.IntN(5)), rng.IntN(2), rng.Float64()}
	}
	return boxes
}

func TestIoUIsTheSlowOne(t *testing.T) {
	boxes := randomBoxes(rand.New(rand.NewPCG(3, 4)), 60)
	for _, a := range boxes {
		for _, b := range boxes {
			if have, want := IoU(a, b), slowIoU(a, b); math.Abs(have-want) > 1e-12 {
				t.Fatalf("%+v, %+v: want %v, have %v", a, b, want, have)
			}
		}
	}
}

// Whatever stays, the best comes first, no two of a class overlap too much, and each that went
// overlaps a better one that stayed.
func TestSuppress(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 100 {
		boxes := randomBoxes(rng, 25)
		kept := Suppress(boxes, 0.3)
		stayed := map[Box]bool{}
		for i, k := range kept {
			if stayed[k] = true; i > 0 && k.Score > kept[i-1].Score {
				t.Fatal("the best does not come first")
			}
		}
		for _, b := range boxes {
			covered := false
			for _, k := range kept {
				covered = covered || k.Class == b.Class && k.Score > b.Score && slowIoU(k, b) > 0.3
			}
			if covered == stayed[b] {
				t.Fatalf("%+v: stays %v, covered %v", b, stayed[b], covered)
			}
		}
	}
}

func TestMatch(t *testing.T) {
	at := func(x float64, class int) Box { return Box{x, 0, x + 10, 10, class, 1} }
	for name, c := range map[string]struct {
		a, b []Box
		want int
	}{
		"none":               {nil, []Box{at(0, 0)}, 0},
		"the same":           {[]Box{at(0, 0), at(50, 1)}, []Box{at(50, 1), at(0, 0)}, 2},
		"another class":      {[]Box{at(0, 0)}, []Box{at(0, 1)}, 0},
		"too far":            {[]Box{at(0, 0)}, []Box{at(4, 0)}, 0}, // 6 of 14
		"near":               {[]Box{at(0, 0)}, []Box{at(3, 0)}, 1}, // 7 of 13
		"one for two":        {[]Box{at(0, 0), at(1, 0)}, []Box{at(0, 0)}, 1},
		"each takes its own": {[]Box{at(0, 0), at(2, 0)}, []Box{at(2, 0), at(0, 0)}, 2},
		"the best goes":      {[]Box{at(1, 0), at(3, 0)}, []Box{at(2, 0), at(-2, 0)}, 1}, // the second's only partner is taken
	} {
		if have := Match(c.a, c.b, 0.5); have != c.want {
			t.Errorf("%s: want %d, have %d", name, c.want, have)
		}
	}
}
