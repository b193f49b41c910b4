package convert

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes/simplify"
)

// setInputs makes constants of inputs of the model, which was read from path.
func setInputs(m *graph.Model, path string, values map[string]string) error {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if err := simplify.SetInput(m, name, values[name]); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
