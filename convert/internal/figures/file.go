package figures

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Of returns the figures of m, which is stored in the file at path with weights in the files beside
// it.
func Of(path string, m *graph.Model, beside []string, dims map[string]int) (*report.Figures, error) {
	f := &report.Figures{}
	FillModel(f, m, dims)
	if err := FillFile(path, beside, f); err != nil {
		return nil, err
	}
	return f, nil
}

// FillFile sets the size and digest of the file at path in f. The size includes the files in beside
// that exist.
func FillFile(path string, beside []string, f *report.Figures) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	h := sha256.New()
	n, err := io.Copy(h, file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	f.Path, f.Bytes, f.SHA256 = path, n, hex.EncodeToString(h.Sum(nil))
	for _, other := range beside {
		if info, err := os.Stat(other); err == nil && info.Mode().IsRegular() {
			f.Bytes += info.Size()
		}
	}
	return nil
}

// Ratio returns the figures of original divided by those of pruned.
func Ratio(original, pruned *report.Figures) *report.Ratio {
	over := func(a, b int64) float64 {
		if b == 0 {
			return 0
		}
		return float64(a) / float64(b)
	}
	r := &report.Ratio{
		Params: over(original.Params, pruned.Params),
		MACs:   over(original.MACs, pruned.MACs),
		Bytes:  over(original.Bytes, pruned.Bytes),
	}
	if original.LatencyMS != nil && pruned.LatencyMS != nil && *pruned.LatencyMS > 0 {
		l := *original.LatencyMS / *pruned.LatencyMS
		r.Latency = &l
	}
	return r
}
