// Package format writes numbers as people read them, the same in tables on a terminal and on the page of --html.
package format

import (
	"fmt"
	"math"
	"strconv"
)

// Count groups digits by thousands: 1,234,567.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Over is a/b as a factor, 2.00x; empty where b is 0.
func Over(a, b int64) string {
	if b == 0 {
		return ""
	}
	return Times(float64(a) / float64(b))
}

// Times is a factor: 2.00x.
func Times(x float64) string { return fmt.Sprintf("%.2fx", x) }

// Percent is a fraction in hundredths: 93.70 %.
func Percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// Points is the difference of two fractions: -0.35 points.
func Points(from, to float64) string { return fmt.Sprintf("%+.2f points", 100*(to-from)) }

// Milliseconds has three digits that say something: 0.275 ms, 8.11 ms.
func Milliseconds(x float64) string {
	return strconv.FormatFloat(x, 'f', max(0, 2-int(math.Floor(math.Log10(max(x, 1e-3))))), 64) + " ms"
}

// Megabytes is a number of bytes in millions.
func Megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }
