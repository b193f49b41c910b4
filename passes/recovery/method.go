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
	// Original is the uncut model that Analysis describes. Cut is what surgery made of it
	// under Plan; its weights are changed in place.
	Original, Cut *graph.Model
	Analysis      *group.Analysis
	Plan          *group.Plan
	// Feeds are the calibration inputs by name, a batch each. The first axis counts samples.
	Feeds   []map[string]*graph.Tensor
	Stepper passes.Stepper
	// Statistics of the original serve methods that can do without Feeds, where there are none.
	Statistics *statistics.Set
	// Threads bounds the goroutines that compute; 0 and 1 mean one.
	Threads int
	// Seed chooses which rows are looked at.
	Seed uint64
	// Progress, when set, hears how many of the cut model's nodes are done.
	Progress func(done, total int)
}

// Repair is what became of one node. Errors are the energy of the difference to the original
// as a fraction of the original's energy, on samples that the repair was not made from; where a
// node adds to a residual stream, of the stream behind it. From statistics alone they are those of the node by itself,
// on what the statistics were collected on.
type Repair struct {
	Node          string
	Before, After float64
	// Taken says whether the repair lowered the error; if not, the node is as it was.
	Taken bool
}

// Method is one way to repair.
type Method struct {
	Name, Doc string
	// Apply changes the weights of the cut model. It lists every node that it tried to repair, in
	// graph order.
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

// Lookup is the method of that name; the error lists those there are.
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
