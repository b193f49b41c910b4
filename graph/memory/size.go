package memory

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// units are the units of sizes, by their names in lower case. K, M, G and T alone are binary, as in most tools.
var units = map[string]float64{
	"": 1, "b": 1,
	"k": 1 << 10, "kib": 1 << 10, "kb": 1e3,
	"m": 1 << 20, "mib": 1 << 20, "mb": 1e6,
	"g": 1 << 30, "gib": 1 << 30, "gb": 1e9,
	"t": 1 << 40, "tib": 1 << 40, "tb": 1e12,
}

// Parse reads a size such as "4GiB", "500MB", "1.5 GiB" or "1000000", a number of bytes. An empty text is the zero
// Limit.
func Parse(text string) (Limit, error) {
	s := strings.TrimSpace(text)
	if s == "" {
		return 0, nil
	}
	end := strings.LastIndexAny(s, "0123456789.") + 1
	unit, known := units[strings.ToLower(strings.TrimSpace(s[end:]))]
	n, err := strconv.ParseFloat(s[:end], 64)
	if err != nil || !known || strings.ContainsAny(s[:end], "eExXpP_+-") {
		return 0, fmt.Errorf("want a size as in 4GiB or 500MB, have %q", text)
	}
	switch n *= unit; {
	case n < 1:
		return 0, fmt.Errorf("want a size of at least one byte, have %q", text)
	case n >= math.MaxInt64:
		return 0, fmt.Errorf("want a size of less than 8 EiB, have %q", text)
	}
	return Limit(n), nil
}

// Text writes a number of bytes in the largest unit of which it has at least one: "16 B", "1.5 KiB", "64 GiB".
func Text(bytes int64) string {
	names := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"}
	n, i := float64(bytes), 0
	for n >= 1024 && i < len(names)-1 {
		n, i = n/1024, i+1
	}
	if n >= 100 || n == math.Trunc(n) {
		return fmt.Sprintf("%.0f %s", n, names[i])
	}
	return fmt.Sprintf("%.1f %s", n, names[i])
}
