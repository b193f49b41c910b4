package simd

// choose is the form for this processor, and all there are.
func choose[F any](plain F, assembly variants[F]) (best F, all variants[F]) {
	all = append(variants[F]{{Go, plain}}, assembly...)
	return all.at(Best), all
}
