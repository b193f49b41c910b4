package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/internal/output"
	"github.com/pollard-dev/pollard/convert/internal/proof"
	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/graph/op"
)

// BeforeDecisions writes to out a copy of the model at in whose outputs are the values that its
// decisions read, such as the scores that TopK chooses among or the boxes that NonMaxSuppression
// drops, and those of its own outputs that follow from no decision. Two runtimes that round
// differently agree on these values, but not necessarily on the decisions. It returns false and
// writes nothing if the model decides nothing.
func BeforeDecisions(ctx context.Context, in, out string) (_ bool, err error) {
	if err := output.Check(in, out); err != nil {
		return false, err
	}
	file, err := onnx.Read(in)
	if err != nil {
		return false, err
	}
	defer file.Done(&err)
	g := file.Model.Graph
	if err := op.InferGraph(g); err != nil {
		return false, fmt.Errorf("%s: %w", in, err)
	}
	names := proof.BeforeDecisions(g, g)
	if len(names) == 0 {
		return false, nil
	}
	g.Outputs = nil
	for _, name := range names {
		g.Outputs = append(g.Outputs, g.Value(name))
	}
	return true, onnx.Write(ctx, out, file.Model, onnx.WriteOptions{})
}
