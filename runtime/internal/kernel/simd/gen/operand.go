package main

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
)

// label makes labels of one name differ.
func label(name string, i int) string { return fmt.Sprint(name, i) }

// number is an immediate that every arithmetic instruction takes.
func number(n int) operand.Op { return operand.I32(n) }
