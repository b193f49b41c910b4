package proof

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/stage"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/runtime"
)

// ReadBack reports whether the file at path computes what cut does, from which it was written. It
// runs both on feeds or, if feeds is nil, on inputs made up for simplified.
func ReadBack(ctx context.Context, path string, simplified, cut *graph.Model, feeds map[string]*graph.Tensor, s stage.Settings) (same bool, err error) {
	read, err := onnx.Read(path)
	if err != nil {
		return false, fmt.Errorf("the written file cannot be read back: %w", err)
	}
	defer read.Done(&err)
	if feeds == nil {
		if feeds, err = Feeds(simplified, s); err != nil {
			return false, err
		}
	}
	return Written(ctx, read.Model, cut, feeds, s.Threads)
}

// Written runs the model read back from a file and the one in memory on the same inputs. Every
// output must be the same to the last bit.
func Written(ctx context.Context, read, cut *graph.Model, feeds map[string]*graph.Tensor, threads int) (bool, error) {
	e := runtime.Evaluator{Threads: threads}
	want, err := e.Evaluate(ctx, cut, feeds)
	if err != nil {
		return false, err
	}
	have, err := e.Evaluate(ctx, read, feeds)
	if err != nil {
		return false, fmt.Errorf("the written file: %w", err)
	}
	abs, _, err := Difference(want, have)
	return abs == 0, err
}

// RecordWritten records in p whether the written file computes what the model does. If it does not,
// the proof fails and RecordWritten returns the failed gate.
func RecordWritten(p *report.Proof, same bool) error {
	p.Written = same
	if same {
		return nil
	}
	p.Passed = false
	return &stage.Gate{Reason: "proof: the written file does not compute what the model does"}
}
