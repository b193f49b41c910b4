package convert

import "github.com/pollard-dev/pollard/passes/sparsity"

// roundToPattern lets a structured cut leave widths that the pattern of zeros divides, unless Budget.RoundTo says otherwise: of each M
// consecutive weights no other number can be looked at, and blocks are to be whole.
func (c *Config) roundToPattern() {
	if !c.sparse() || c.Budget.RoundTo != 0 {
		return
	}
	p, err := sparsity.Parse(c.Sparsity.Pattern)
	if err != nil {
		return // check has said so
	}
	if n := max(p.Rows, p.Of); n > 1 {
		c.Budget.RoundTo = n
	}
}
