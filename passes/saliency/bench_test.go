package saliency

import "testing"

// The same choice of units as the formulas compute it ("before") and as scoreOBS does.
func BenchmarkOBS(b *testing.B) {
	for _, name := range []string{"vit", "resnet20", "densenet", "vgg"} {
		in := fixture(b, name)
		in = collect(b, in, "obs", images(in, 32))
		b.Run(name+"/before", func(b *testing.B) {
			for b.Loop() {
				for _, g := range in.Analysis.Groups {
					slowOBS(b, in, g)
				}
			}
		})
		b.Run(name+"/now", func(b *testing.B) {
			for b.Loop() {
				for _, g := range in.Analysis.Groups {
					if _, err := scoreOBS(b.Context(), in, g); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
