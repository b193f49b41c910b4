package task

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/report"
	"github.com/pollard-dev/pollard/graph"
)

// Names of tasks.
const (
	Classification = "classification"
	Multilabel     = "multilabel"
	Detection      = "detection"
	Segmentation   = "segmentation"
	Embedding      = "embedding"
	Regression     = "regression"
	Generation     = "generation"
	None           = "none"
)

// Names lists the names of all tasks.
func Names() []string {
	return []string{Classification, Multilabel, Detection, Segmentation, Embedding, Regression, Generation, None}
}

// Tolerance is the difference of two output elements, as a fraction of the largest magnitude of the
// output, that counts as rounding. It is that of the proof that a cut is right: a decision between
// scores that are no further apart has not changed if it comes out differently.
const Tolerance = 1e-4

// Options say what a model is for. The zero Options guess.
type Options struct {
	// Name is one of Names; empty to guess it from the outputs.
	Name string
	// Classes says that the labels are numbers of classes, which decides a guess.
	Classes bool
	// Head is a JSON file that says how to read the outputs of a detector; empty to guess it from
	// the shapes of the outputs.
	Head string
	// Command is a command that measures outputs: see Metric. Lower says that less is better.
	Command string
	Lower   bool
	// States are the names of outputs that are states for the next call, and say nothing themselves.
	States []string
}

// Task is what a model is for.
type Task interface {
	// Report names the task, and says how it was chosen and how outputs are read.
	Report() *report.Task
	// Step is the number of consecutive samples that belong together, 1 if each is on its own.
	Step() int
	// Batch is the most samples that the model may be run on at a time, 0 for any number.
	Batch() int
	// Truth reads what is known of the samples of d from the file labels or, if that is empty, from the
	// file of the samples. It leaves d without labels if that file has none.
	Truth(d *dataset.Data, samples, labels string) error
	// Start begins a comparison on d.
	Start(d *dataset.Data) (Tally, error)
}

// Tally takes in the outputs of two models.
type Tally interface {
	Add(Batch) error
	// Figures compares the models on what was taken in. It may be called once.
	Figures(context.Context) (*Figures, error)
}

// Figures are the result of comparing two models.
type Figures struct {
	Samples int
	// Agreement is how far the outputs agree, the headline first, which is at most 1.
	Agreement []report.Figure
	// Metrics are how good both models are, the headline first; nil without labels.
	Metrics []report.Metric
	// Classes are the classes that lost most, if the task has classes.
	Classes []report.ClassLoss
	// MaxAbsDiff is the largest difference of two elements of floating-point outputs, Cosine the cosine
	// between all such elements of one model and of the other; nil if no outputs have the same shape.
	MaxAbsDiff, Cosine *float64
}

// Headline returns the first metric, or nil without labels.
func (f *Figures) Headline() *report.Metric {
	if len(f.Metrics) == 0 {
		return nil
	}
	return &f.Metrics[0]
}

// Choose returns the task of a model. Its graph may have been changed by nothing but type inference
// since it was read.
func Choose(o Options, m *graph.Model) (Task, error) {
	if o.Head != "" && o.Name == "" {
		o.Name = Detection
	}
	m = withoutStates(m, o.States)
	r := report.Task{Name: o.Name}
	if o.Name == "" {
		r.Guessed = true
		r.Name, r.How = guess(m, o.Classes)
	}
	make, known := kinds[r.Name]
	if !known {
		return nil, fmt.Errorf("task: want one of %s, have %q", strings.Join(Names(), ", "), o.Name)
	}
	if o.Head != "" && r.Name != Detection {
		return nil, fmt.Errorf("detection: want --task %s, have %s", Detection, r.Name)
	}
	t, err := make(base{about: r, model: m}, o)
	if err != nil {
		return nil, err
	}
	if o.Command != "" {
		return withCommand(t, o, m), nil
	}
	return t, nil
}

// withoutStates returns a view of a model without the outputs that are states.
func withoutStates(m *graph.Model, states []string) *graph.Model {
	if len(states) == 0 {
		return m
	}
	g := &graph.Graph{Name: m.Graph.Name, Inputs: m.Graph.Inputs, Nodes: m.Graph.Nodes, Initializers: m.Graph.Initializers}
	for _, v := range m.Graph.Outputs {
		if !slices.Contains(states, v.Name) {
			g.Outputs = append(g.Outputs, v)
		}
	}
	return &graph.Model{IRVersion: m.IRVersion, Opsets: m.Opsets, Graph: g, Functions: m.Functions}
}

// kinds makes tasks by name.
var kinds = map[string]func(base, Options) (Task, error){}

// base is what tasks have in common.
type base struct {
	about report.Task
	model *graph.Model
}

func (b *base) Report() *report.Task { r := b.about; return &r }
func (b *base) Step() int            { return 1 }
func (b *base) Batch() int           { return 0 }
func (b *base) outputs() []*graph.Value {
	return b.model.Graph.Outputs
}

// Truth refuses labels, which most tasks want in a form of their own.
func (b *base) Truth(_ *dataset.Data, _, labels string) error {
	if labels != "" {
		return fmt.Errorf("labels: task %s has no use for them", b.about.Name)
	}
	return nil
}

// Labelled reports whether t has metrics on d.
func Labelled(t Task, d *dataset.Data) bool {
	if IsCommand(t) {
		return true
	}
	if t.Report().Name == Classification {
		return d.Labels != nil
	}
	g, writes := t.(*generation)
	return d.Truth != nil || writes && g.reads()
}
