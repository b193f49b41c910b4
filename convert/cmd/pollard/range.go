package main

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
)

// ranges reads the budgets and the prices of a sweep.
func ranges(c *cli.Context, j *convert.Sweep) (err error) {
	if c.IsSet("budgets") {
		if j.Budgets, err = numbers(c.String("budgets"), func(from, to, part float64) float64 { return from + (to-from)*part }); err != nil {
			return fmt.Errorf("budgets: %w", err)
		}
	}
	if c.IsSet("lambda") {
		if j.Lambdas, err = numbers(c.String("lambda"), func(from, to, part float64) float64 { return from * math.Pow(to/from, part) }); err != nil {
			return fmt.Errorf("lambda: %w", err)
		}
	}
	if c.IsSet("patterns") {
		for _, text := range strings.Split(c.String("patterns"), ",") {
			var z convert.Sparsity
			share, has := "", false
			if z.Pattern, share, has = strings.Cut(text, "="); has {
				if z.Share, err = parseFraction(share); err != nil {
					return fmt.Errorf("patterns: want PATTERN=SHARE, have %q", text)
				}
			}
			j.Patterns = append(j.Patterns, z)
		}
	}
	if len(j.Budgets)+len(j.Lambdas) == 0 {
		return fmt.Errorf("want --budgets, --lambda or both")
	}
	return nil
}

// mostNumbers catches typing errors; no sweep has as many candidates.
const mostNumbers = 1000

// numbers parses FROM:TO:COUNT, where between interpolates, or a list with commas. All numbers are over 0.
func numbers(text string, between func(from, to, part float64) float64) ([]float64, error) {
	parts := strings.Split(text, ":")
	sep := ","
	if len(parts) > 1 {
		sep = ":"
	}
	var all []float64
	for _, p := range strings.Split(text, sep) {
		x, err := parseFraction(p)
		if err != nil || !(x > 0) || math.IsInf(x, 0) {
			return nil, fmt.Errorf("want FROM:TO:COUNT or numbers over 0 with commas between, have %q", text)
		}
		all = append(all, x)
	}
	if sep == "," {
		return all, nil
	}
	if len(all) != 3 || all[2] != math.Trunc(all[2]) || all[2] < 2 || all[2] > mostNumbers {
		return nil, fmt.Errorf("want FROM:TO:COUNT with a count of 2 to %d, have %q", mostNumbers, text)
	}
	from, to, n := all[0], all[1], int(all[2])
	all = nil
	for i := range n {
		// The numbers appear in names of files: round them to six digits, so that 0.3 is not 0.30000000000000004.
		x, err := strconv.ParseFloat(strconv.FormatFloat(between(from, to, float64(i)/float64(n-1)), 'g', 6, 64), 64)
		if err != nil {
			return nil, err
		}
		all = append(all, x)
	}
	return all, nil
}

// asFractions rewrites percentages in the conditions of --pick as fractions, 50% as 0.5. It leaves drop alone, which is in
// percentage points: a drop of 50% would not say of what.
func asFractions(conditions string) string {
	parts := strings.Split(conditions, ",")
	for i, p := range parts {
		at := strings.LastIndexAny(p, "<>=") + 1
		if x, err := parseFraction(p[at:]); err == nil && strings.HasSuffix(p, "%") && !strings.HasPrefix(strings.TrimSpace(p), "drop") {
			parts[i] = p[:at] + strconv.FormatFloat(x, 'g', -1, 64)
		}
	}
	return strings.Join(parts, ",")
}
