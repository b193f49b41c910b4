package distil

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/graph"
)

// Augmentation says what is done to samples before both networks see them, anew in each epoch.
type Augmentation struct {
	// Flip mirrors half of the pictures left to right. Shift moves pictures by up to an eighth of their height and width; what
	// comes in repeats the edge. Pictures are inputs of float32 with four axes.
	Flip, Shift bool
	// Mix adds to each sample another one, in random proportions, in all inputs of float32. The original says what a mixture
	// is (Beyer et al., 2022, https://arxiv.org/abs/2106.05237).
	Mix bool
}

// augmentations are the names of what an Augmentation does.
var augmentations = []struct {
	name string
	of   func(*Augmentation) *bool
}{
	{"flip", func(a *Augmentation) *bool { return &a.Flip }},
	{"shift", func(a *Augmentation) *bool { return &a.Shift }},
	{"mix", func(a *Augmentation) *bool { return &a.Mix }},
}

// ParseAugmentation reads names that commas separate.
func ParseAugmentation(text string) (a Augmentation, err error) {
	for _, name := range strings.Split(text, ",") {
		known := false
		for _, k := range augmentations {
			if k.name == strings.TrimSpace(name) {
				*k.of(&a), known = true, true
			}
		}
		if !known && strings.TrimSpace(text) != "" {
			return a, fmt.Errorf("augment: want flip, shift, mix or several with commas between them, have %q", name)
		}
	}
	return a, nil
}

// String is what ParseAugmentation reads.
func (a Augmentation) String() string {
	var names []string
	for _, k := range augmentations {
		if *k.of(&a) {
			names = append(names, k.name)
		}
	}
	return strings.Join(names, ",")
}

// on reports whether anything is done.
func (a Augmentation) on() bool { return a != Augmentation{} }

// apply returns changed copies of samples. All inputs of a sample are changed alike.
func (a Augmentation) apply(feeds map[string]*graph.Tensor, rng *rand.Rand) map[string]*graph.Tensor {
	out := maps.Clone(feeds)
	var changes []change
	for _, name := range slices.Sorted(maps.Keys(feeds)) {
		t := feeds[name]
		if t.DType() != graph.Float32 || t.Rank() < 1 {
			continue
		}
		if changes == nil {
			changes = a.draw(t.Shape()[0], rng)
		}
		if t.Shape()[0] == len(changes) {
			out[name] = a.changed(t, changes)
		}
	}
	return out
}

// change is what is done to one sample.
type change struct {
	flip        bool
	down, right float64 // how far it moves, of its height and width
	with        int     // the sample that is added
	share       float32 // what is left of itself
}

// draw draws a change for each of n samples.
func (a Augmentation) draw(n int, rng *rand.Rand) []change {
	const far = 0.125
	other := rng.Perm(n)
	all := make([]change, n)
	for i := range all {
		c := &all[i]
		c.share = 1
		if a.Flip {
			c.flip = rng.IntN(2) == 1
		}
		if a.Shift {
			c.down, c.right = far*(2*rng.Float64()-1), far*(2*rng.Float64()-1)
		}
		if a.Mix {
			c.with, c.share = other[i], rng.Float32()
		}
	}
	return all
}

// changed returns t after the changes.
func (a Augmentation) changed(t *graph.Tensor, changes []change) *graph.Tensor {
	from := graph.Data[float32](t)
	each := len(from) / len(changes)
	moved := slices.Clone(from)
	if t.Rank() == 4 && (a.Flip || a.Shift) {
		height, width := t.Shape()[2], t.Shape()[3]
		for i, c := range changes {
			c.move(moved[i*each:(i+1)*each], from[i*each:], height, width)
		}
	}
	if !a.Mix {
		return graph.TensorOf(moved, t.Shape()...)
	}
	mixed := make([]float32, len(moved))
	for i, c := range changes {
		x, y := moved[i*each:(i+1)*each], moved[c.with*each:]
		for k, v := range x {
			mixed[i*each+k] = c.share*v + (1-c.share)*y[k]
		}
	}
	return graph.TensorOf(mixed, t.Shape()...)
}

// move fills the planes of a picture from those of another.
func (c *change) move(to, from []float32, height, width int) {
	down, right := int(c.down*float64(height+1)), int(c.right*float64(width+1))
	for at := 0; at < len(to); at += height * width {
		for row := range height {
			line := from[at+min(max(row-down, 0), height-1)*width:][:width]
			for column := range width {
				x := min(max(column-right, 0), width-1)
				if c.flip {
					x = width - 1 - x
				}
				to[at+row*width+column] = line[x]
			}
		}
	}
}
