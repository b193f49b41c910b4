package report

import "fmt"

// Mismatch is the first difference between an output and the expected one.
type Mismatch struct {
	Set    string `json:"set"`
	Output string `json:"output"`
	// Item is the index of the tensor in an output that is a sequence.
	Item *int `json:"item,omitempty"`
	// Index is the position of the first element that differs; absent if types or shapes differ.
	Index []int  `json:"index,omitempty"`
	Want  string `json:"want"`
	Have  string `json:"have"`
}

func (d *Mismatch) String() string {
	where := fmt.Sprintf("output %q", d.Output)
	if d.Item != nil {
		where += fmt.Sprintf(" item %d", *d.Item)
	}
	if d.Index != nil {
		where += fmt.Sprintf(" at %v", d.Index)
	}
	return fmt.Sprintf("%s: %s: want %s, have %s", d.Set, where, d.Want, d.Have)
}
