package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/pollard-dev/pollard/convert"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/passes/sparsity"
)

// sparsityFlags returns the flags that say which weights become zero.
func sparsityFlags() []cli.Flag {
	return []cli.Flag{
		fractionFlag("sparsity", inSparsity, "", "Set this `FRACTION` of the weights of products to zero; needs --pattern."),
		&cli.StringFlag{Name: "pattern", Category: inSparsity, Usage: "`PATTERN`: Set weights to zero in this pattern: " + strings.Join(sparsity.Forms(), "; ") + "."},
		&cli.StringFlag{Name: "allocation", Category: inSparsity, DefaultText: convert.AllocateError + " with --calibration where the pattern leaves a choice, else " + convert.AllocateUniform,
			Usage: "`NAME`: Distribute the zeros over the nodes by " + oneOf("allocation") + "."},
		&cli.StringFlag{Name: "sparsity-criterion", Category: inSparsity, DefaultText: "obs where the model is repaired, else magnitude", Usage: "`NAME`: Choose the weights that become zero by " + oneOf("sparsity-criterion") + "."},
	}
}

// sparsityOf reads the flags of sparsityFlags.
func sparsityOf(c *cli.Context) (convert.Sparsity, error) {
	s := convert.Sparsity{Pattern: c.String("pattern"), Share: c.Float64("sparsity"), Criterion: c.String("sparsity-criterion"), Allocation: c.String("allocation")}
	for _, name := range []string{"sparsity", "sparsity-criterion", "allocation"} {
		if c.IsSet(name) && !c.IsSet("pattern") {
			return s, fmt.Errorf("%s: want --pattern, which says which weights become zero together", name)
		}
	}
	if c.IsSet("pattern") && s.Pattern == "" {
		return s, errors.New("pattern: want one, have an empty name")
	}
	return s, nil
}

// thinned prints how many weights became zero.
func thinned(w io.Writer, s *report.Sparsity) {
	if s == nil {
		return
	}
	printf(w, "sparsity: %.1f %% of %s weights are zero; pattern %s, criterion %s, allocation %s; %s non-zero weights in %d nodes\n",
		100*s.Reached, count(s.Weights), s.Pattern, s.Criterion, s.Allocation, count(s.NonZero), len(s.Nodes))
	if n := len(s.Dense); n > 0 {
		printf(w, "sparsity: %d nodes stay dense, the first is %s: %s\n", n, s.Dense[0].Node, s.Dense[0].Why)
	}
}
