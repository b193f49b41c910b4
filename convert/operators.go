package convert

import (
	"fmt"
	"os"

	"github.com/pollard-dev/pollard/graph/op"
)

// DescribeOperators reads descriptions of operators from the file at path: see op.Description. They hold
// for all models of this process, so it must not be called while models are pruned.
func DescribeOperators(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	all, err := op.ReadDescriptions(f)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, d := range all {
		if err := op.Describe(d); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	return nil
}
