package sparsity

func init() {
	register(family{form: "RxC (as 4x1: the zeroes of 4 consecutive outputs are in the same columns)", parse: func(text string) (Pattern, bool, error) {
		rows, cols, ok, err := pair(text, "x")
		return Pattern{Rows: rows, Cols: cols}, ok, err
	}})
}
