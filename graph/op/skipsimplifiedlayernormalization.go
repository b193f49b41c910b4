package op

func init() {
	register(skipNormalization("SkipSimplifiedLayerNormalization", skipInputs{bias: 3},
		"root mean square 1 over the last axis of a sum, then gamma"))
}
