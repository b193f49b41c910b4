package recovery

import (
	"context"
	"fmt"
	"sort"
	"strings"

	"github.com/pollard-dev/pollard/graph"
	"github.com/pollard-dev/pollard/passes"
	"github.com/pollard-dev/pollard/passes/group"
	"github.com/pollard-dev/pollard/passes/statistics"
)

// Input is what a method works on.
type Input struct {
	// Original is the uncut model that Analysis describes. Cut is the result of cutting it by Plan; its weights are
	// changed in place.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	// Feeds are the calibration inputs; nil if there are none.
	Feeds passes.Batches
	// Hold returns how many of the batches may be held when the first nodes of Original have run, so many as given. It
	// must not fall as more nodes have run. Values are large in the early convolutions of a network, where a few samples
	// have many rows, and small in the late ones, where many samples are needed; batches that come in later are run
	// through what is already repaired. nil stands for all batches.
	Hold    func(nodes int) int
	Stepper passes.Stepper
	// Statistics of the original are for methods that can work without Feeds, when there are none.
	Statistics *statistics.Set
	// Held, if not nil, is the part of Statistics that is held out. A merge from statistics then learns from the rest and
	// chooses its regularisation on what is held out.
	Held *statistics.Set
	// Threads bounds the goroutines that compute; 0 and 1 mean one.
	Threads int
	// Sampling says how many rows of a node are read; zero means statistics.RepairSampling.
	Sampling statistics.Sampling
	// Outcome, if not nil, is filled in by methods that learn from Feeds.
	Outcome *Outcome
	// Seed determines which rows are drawn.
	Seed uint64
	// Progress, if set, is called with the number of the cut model's nodes that are done.
	Progress func(done, total int)
}

// Repair is the result for one node. Errors are the energy of the difference to the original, as a fraction of the
// original's energy, on samples that the repair did not learn from. For a node that adds to a residual stream they are
// those of the stream behind it. A repair from statistics alone reports the errors of the node by itself, on the samples
// of the statistics.
type Repair struct {
	Node          string
	Before, After float64
	// Samples and Rows are what it learnt from and was judged on.
	Samples, Rows int
	// Taken reports whether the repair lowered the error. If not, the node is unchanged.
	Taken bool
}

// Outcome says what all repairs together did to the outputs.
type Outcome struct {
	// Before and After are the energy of the difference to the original's outputs on the held-out samples, as a fraction
	// of their energy, averaged over the outputs. Known is false if no floating-point output can be compared.
	Before, After float64
	Known         bool
	// Undone reports whether the repairs were undone because they raised the error at the outputs.
	Undone bool
	// Samples is the number of samples that the last node learnt from, and Fewest that of the first.
	Samples, Fewest int
}

// Method is one way to repair.
type Method struct {
	Name, Doc string
	// Apply changes the weights of the cut model. It lists every node that it tried to repair, in graph order.
	Apply func(context.Context, Input) ([]Repair, error)
}

var methods = map[string]Method{}

func register(m Method) {
	if _, taken := methods[m.Name]; taken {
		panic("recovery: method " + m.Name + " is defined twice")
	}
	methods[m.Name] = m
}

// All lists the methods by name.
func All() []Method {
	var all []Method
	for _, m := range methods {
		all = append(all, m)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].Name < all[j].Name })
	return all
}

// Lookup returns the method of that name. The error lists those there are.
func Lookup(name string) (Method, error) {
	if m, ok := methods[name]; ok {
		return m, nil
	}
	var names []string
	for _, m := range All() {
		names = append(names, m.Name)
	}
	return Method{}, fmt.Errorf("unknown recovery %q: want one of %s", name, strings.Join(names, ", "))
}
