package figures

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pollard-dev/pollard/convert/internal/staging"
)

// Digest returns the SHA-256 of the file at path followed by its weight files in beside.
func Digest(path string, beside []string) (string, error) {
	h := sha256.New()
	for _, p := range append([]string{path}, beside...) {
		f, err := os.Open(p)
		if err != nil {
			return "", fmt.Errorf("%s: %w", p, staging.Pathless(err))
		}
		_, err = io.Copy(h, f)
		if err = errors.Join(err, f.Close()); err != nil {
			return "", fmt.Errorf("%s: %w", p, staging.Pathless(err))
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}
