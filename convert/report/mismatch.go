package report

import "fmt"

// Mismatch is where an output is not what it is to be.
type Mismatch struct {
	Set    string `json:"set"`
	Output string `json:"output"`
	// Item is the number of the tensor in an output that is a sequence.
	Item *int `json:"item,omitempty"`
	// Index is the position of the first element that differs; absent where types or shapes do.
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
