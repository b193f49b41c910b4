package look_test

import (
	"image/color"
	"testing"

	"github.com/pollard-dev/pollard/convert/internal/look"
)

// Classes have colours of their own, the first one none, and large masks lose pixels, not proportions.
func TestMask(t *testing.T) {
	m := look.Mask([]int{0, 1, 2, 1}, 2, 2, 100)
	at := func(x, y int) color.NRGBA { return m.At(x, y).(color.NRGBA) }
	if at(0, 0).A != 0 || at(1, 0).A != 255 || at(1, 0) != at(1, 1) || at(1, 0) == at(0, 1) {
		t.Errorf("have %v %v %v %v", at(0, 0), at(1, 0), at(0, 1), at(1, 1))
	}
	seen := map[color.NRGBA]bool{}
	for class := range 30 {
		seen[look.Mask([]int{class}, 1, 1, 1).At(0, 0).(color.NRGBA)] = true
	}
	if len(seen) != 30 {
		t.Errorf("30 classes have %d colours", len(seen))
	}
	if size := look.Mask(make([]int, 300*150), 300, 150, 100).Bounds().Size(); size.X != 50 || size.Y != 100 {
		t.Errorf("have %v, want 50 by 100", size)
	}
}
