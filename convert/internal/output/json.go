package output

import (
	"context"
	"fmt"
	"io"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/report"
)

// SaveJSON writes v to path as JSON, atomically.
func SaveJSON(path string, v any) error {
	if err := staging.WriteFile(context.Background(), path, func(w io.Writer) error { return report.WriteJSON(w, v) }); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
