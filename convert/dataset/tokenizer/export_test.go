package tokenizer

// Normalizer reads a normalizer alone.
func Normalizer(raw []byte) (func(string) (string, error), error) {
	return parseNormalizer(part{at: "normalizer", raw: raw})
}
