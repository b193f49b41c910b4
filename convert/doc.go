// Package convert joins the parts: it takes an imported model through the passes,
// proves the result and reports what it cost. Prune, Inspect, Verify and Bench are what
// the commands of cmd/pollard call; each works on models in memory or on files and prints nothing.
package convert
