package runtime

import (
	"context"

	"github.com/pollard-dev/pollard/graph"
)

// Predict gives, for each sample of the inputs, the place of the largest element of the session's first output, the first of equals:
// the class, where there are labels, one for each sample; then the output must have shape [samples,classes] and every label be one of
// these. Samples go batch at a time along axis 0; progress, which may be nil, hears how far it is.
func Predict(ctx context.Context, s *Session, inputs map[string]*graph.Tensor, labels []int, batch int, progress func(done, total int)) ([]int, error) {
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
