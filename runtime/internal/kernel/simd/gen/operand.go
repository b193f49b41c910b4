package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
)

// label makes labels with one name unique.
func label(name string, i int) string { return fmt.Sprint(name, i) }

// number returns an immediate that every arithmetic instruction accepts.
func number(n int) operand.Op { return operand.I32(n) }
