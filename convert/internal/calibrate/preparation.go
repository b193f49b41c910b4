package calibrate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pollard-dev/pollard/convert/dataset"
	"github.com/pollard-dev/pollard/convert/internal/figures"
)

// Preparation says how data became inputs.
type Preparation struct {
	// Mean, Std and Scale are the preprocessing of arrays and sounds.
	Mean  float64 `json:"mean"`
	Std   float64 `json:"std"`
	Scale float64 `json:"scale"`
	// Means, Stds and Scales are those of each channel, if they differ.
	Means  []float64 `json:"means,omitempty"`
	Stds   []float64 `json:"stds,omitempty"`
	Scales []float64 `json:"scales,omitempty"`
	// Preprocess says how pictures became inputs.
	Preprocess *dataset.Preprocess `json:"preprocess,omitempty"`
	// Tokenizer is the digest of the tokenizer.json that text became tokens by.
	Tokenizer string `json:"tokenizer_sha256,omitempty"`
	// States are the states that were carried from call to call, by input, and Frame and Hop are how
	// sounds became calls.
	States map[string]string `json:"states,omitempty"`
	Frame  int               `json:"frame,omitempty"`
	Hop    int               `json:"hop,omitempty"`
}

// Prepared returns how the samples of d become inputs.
func Prepared(d *dataset.Data) (p Preparation, err error) {
	if o := dataset.OptionsOf(d.Samples); o != nil {
		p = Preparation{Mean: o.Mean, Std: o.Std, Scale: o.Scale, Means: o.Means, Stds: o.Stds, Scales: o.Scales}
	}
	taken := dataset.TakenFrom(d.Samples)
	if taken == nil {
		return p, nil
	}
	p.Preprocess = taken.Preprocess
	if taken.Text != nil {
		if p.Tokenizer, err = figures.Digest(taken.Text.Tokenizer, nil); err != nil {
			return p, err
		}
	}
	if c := taken.Calls; c != nil {
		p.States = map[string]string{}
		for _, s := range c.States {
			p.States[s.Input] = s.Output
		}
		_, p.Frame, p.Hop, _ = c.Rate()
	}
	return p, nil
}

// Suits returns an error if the data of d are prepared in another way than those that the statistics were collected
// on: what one says of a unit would not hold for the other. What nobody recorded is not compared.
func (h Header) Suits(d *dataset.Data) error {
	if h.Source != "data" {
		return nil
	}
	have, err := Prepared(d)
	if err != nil {
		return err
	}
	want := h.Preparation
	if (want.Tokenizer == "") != (have.Tokenizer == "") { // text on one side, token numbers or an older file on the other
		want.Tokenizer, have.Tokenizer = "", ""
	}
	if (want.Preprocess == nil) != (have.Preprocess == nil) { // arrays may hold prepared pictures
		return nil
	}
	if want.unchanged() != have.unchanged() { // an array may hold numbers that are normalised already
		return nil
	}
	if a, b := want.normal().fields(), have.normal().fields(); !reflect.DeepEqual(a, b) {
		return fmt.Errorf("want data prepared as those of the statistics, with %s", differences(a, b))
	}
	return nil
}

// unchanged reports whether the numbers of arrays become inputs as they are.
func (p Preparation) unchanged() bool {
	return p.Mean == 0 && (p.Std == 0 || p.Std == 1) && (p.Scale == 0 || p.Scale == 1) && len(p.Means)+len(p.Stds)+len(p.Scales) == 0
}

// normal returns p with what is left out spelt out, and without numbers that do not apply to pictures and text.
func (p Preparation) normal() Preparation {
	if p.Std == 0 {
		p.Std = 1
	}
	if p.Preprocess != nil || p.Tokenizer != "" {
		p.Mean, p.Std, p.Scale, p.Means, p.Stds, p.Scales = 0, 1, 0, nil, nil, nil
	}
	if len(p.States) == 0 {
		p.States = nil
	}
	return p
}

// fields returns what p has in JSON, by name; those of preprocess stand for themselves.
func (p Preparation) fields() map[string]string {
	all := map[string]string{}
	add := func(x any) {
		text, err := json.Marshal(x)
		var of map[string]json.RawMessage
		if err != nil || json.Unmarshal(text, &of) != nil {
			return
		}
		for name, value := range of {
			all[name] = string(value)
		}
	}
	add(p)
	if p.Preprocess != nil {
		delete(all, "preprocess")
		add(*p.Preprocess)
	}
	return all
}

// differences lists the fields that are not the same.
func differences(want, have map[string]string) string {
	var all []string
	names := maps.Clone(want)
	maps.Copy(names, have)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if w, h := cmp.Or(want[name], "none"), cmp.Or(have[name], "none"); w != h {
			all = append(all, fmt.Sprintf("%s %s, have %s", name, w, h))
		}
	}
	return strings.Join(all, "; ")
}
