package sparsity

func init() {
	register(family{form: "unstructured", parse: func(text string) (Pattern, bool, error) {
		return Pattern{Rows: 1, Cols: 1}, text == "unstructured", nil
	}})
}
