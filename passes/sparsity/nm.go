package sparsity

import "fmt"

// N:M keeps N of each M consecutive columns of an output, along the sum that computes the output. That is what hardware
// with 2:4 support takes (Mishra et al. 2021, https://arxiv.org/abs/2104.08378); it also needs M to divide the columns.
func init() {
	register(family{form: "N:M (as 2:4: 2 of 4 consecutive columns of an output stay)", parse: func(text string) (Pattern, bool, error) {
		keep, of, ok, err := pair(text, ":")
		if err == nil && ok && keep >= of {
			err = fmt.Errorf("want fewer to stay than there are, have %d of %d", keep, of)
		}
		return Pattern{Rows: 1, Cols: 1, Keep: keep, Of: of}, ok, err
	}})
}
