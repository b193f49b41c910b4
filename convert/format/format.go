// Package format formats numbers and text for people, the same for tables on a terminal and for the page of --html.
package format

import (
	"fmt"
	"math"
	"strconv"
)

// Count formats a number with its digits grouped by thousands: 1,234,567.
func Count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Over formats a/b as a factor, 2.00x. It returns "" if b is 0.
func Over(a, b int64) string {
	if b == 0 {
		return ""
	}
	return Times(float64(a) / float64(b))
}

// Times formats a factor: 2.00x.
func Times(x float64) string { return fmt.Sprintf("%.2fx", x) }

// Percent formats a fraction as a percentage: 93.70 %.
func Percent(x float64) string { return fmt.Sprintf("%.2f %%", 100*x) }

// Points formats the difference of two fractions in percentage points: -0.35 points.
func Points(from, to float64) string { return fmt.Sprintf("%+.2f points", 100*(to-from)) }

// Milliseconds formats a time with three significant digits: 0.275 ms, 8.11 ms.
func Milliseconds(x float64) string {
	return strconv.FormatFloat(x, 'f', max(0, 2-int(math.Floor(math.Log10(max(x, 1e-3))))), 64) + " ms"
}

// Megabytes formats a number of bytes in units of a million.
func Megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// Value formats a figure: a fraction as a percentage, another number with six significant digits.
func Value(unit string, x float64) string {
	if unit == "fraction" {
		return Percent(x)
	}
	return strconv.FormatFloat(x, 'g', 6, 64)
}
