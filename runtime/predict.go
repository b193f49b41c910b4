package runtime

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
)

// Predict returns, for each sample of the inputs, the index of the largest element of the session's
// first output. The first of equal elements counts. With labels, one for each sample, the index is
// the class: the output must then have shape [samples,classes], and every label must be one of the
// classes. Samples are fed batch at a time along axis 0. If progress is not nil, it is called after
// each batch.
func Predict(ctx context.Context, s *Session, inputs Inputs, labels []int, batch int, progress func(done, total int)) ([]int, error) {
	var all []int
	_, err := stream(ctx, []*Session{s}, inputs, batch, progress, func(from int, out []*graph.Tensor) error {
		of := samplesOf
		if labels != nil {
			of = classes
		}
		rows, err := of(out[0])
		if err == nil && labels != nil {
			err = checkLabels(labels, from, len(rows), len(rows[0]))
		}
		if err != nil {
			return err
		}
		for _, r := range rows {
			all = append(all, argmax(r))
		}
		return nil
	})
	return all, err
}
