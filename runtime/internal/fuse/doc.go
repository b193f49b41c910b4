// Package fuse finds nodes, in a graph whose types are known, that together compute what one
// operator of ONNX does, and replaces them by that operator. Exporters split functions that a
// kernel can compute at once. Each file holds one rule. A rule yields what ONNX says the operator
// expands to, so evaluating both forms with graph/op tests the rule.
package fuse
