// Package apart sets aside what of a model cannot be run: nodes of operators that nobody wrote a
// definition of, and those whose inputs have no known shape because of them. The rest is a model of
// its own, which is pruned, repaired and proven like any other. What nodes that are aside read is
// compared as outputs are, and what they compute is made up. Afterwards both are put together again.
package apart
