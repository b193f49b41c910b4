package convert

import (
	"context"
	"fmt"

	"github.com/pollard-dev/pollard/convert/onnx"
	"github.com/pollard-dev/pollard/passes/saliency"
)

// checkInitial refuses a criterion without the model that it reads, and a model that nothing reads.
func (c *Config) checkInitial(k saliency.Criterion) error {
	switch {
	case k.NeedsInitial && c.Initial == nil:
		return fmt.Errorf("criterion %s reads what the weights were before training: want --initial with that model", k.Name)
	case !k.NeedsInitial && c.Initial != nil:
		return fmt.Errorf("initial: criterion %s does not read it: want one of %s", k.Name, criteriaThat(func(k saliency.Criterion) bool { return k.NeedsInitial }))
	case k.NeedsInitial && c.Rounds > 1:
		return fmt.Errorf("rounds: criterion %s compares weights with what they were, and rounds after the first see repaired ones: want 1, have %d", k.Name, c.Rounds)
	}
	return nil
}

// asTrained leaves the weights of the model and its units as they are where they are compared with the initial ones, which are in
// no other basis and have nothing merged into them. It adds that to the note.
func (c *Config) asTrained(note string) string {
	if c.Initial == nil || c.NoLossless && c.NoRotation {
		return note
	}
	c.NoLossless, c.NoRotation = true, true
	if note != "" {
		note += "; "
	}
	return note + "weights are compared with the initial ones: free units are scored like others, and no basis is changed"
}

// recall finds what the constants of the simplified model were in the initial one, which is simplified alike.
func (r *Result) recall(ctx context.Context, c Config) error {
	if c.Initial == nil {
		return nil
	}
	s, _, err := Simplify(ctx, c.Initial)
	if err != nil {
		return fmt.Errorf("initial %s: %w", c.InitialPath, err)
	}
	pairs, err := counterpart(r.Simplified, s)
	if err != nil {
		return fmt.Errorf("initial %s: is not the same network: %w", c.InitialPath, err)
	}
	r.initial = pairs.contents()
	return nil
}

// checkpoint reads another checkpoint of a network.
func checkpoint(path string) (*onnx.File, *Figures, error) {
	file, err := onnx.Read(path)
	if err != nil {
		return nil, nil, err
	}
	f := &Figures{}
	f.count(file.Model, Extents(file.Model, nil))
	if err := fileFigures(path, onnx.External(file.Model), f); err != nil {
		file.Close()
		return nil, nil, err
	}
	return file, f, nil
}
