package convert

import (
	"context"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/samples"
	"github.com/pollard-dev/pollard/graph"
)

// Carry makes d, if its samples are dataset.Calls, carry states from call to call: those of the model m
// where samples are read, and those of each model where models are compared. What Prune, Verify, Calibrate
// and Run are given to open data is to call it, for models with states, when it has opened them; d is closed if it
// fails. threads bounds the runtime's; 0 means all processors.
func Carry(ctx context.Context, m *graph.Model, d *dataset.Data, threads int) (*dataset.Data, error) {
	if err := samples.Carry(ctx, m, d, threads); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}
