package dataset

import (
	"fmt"
	"sync/atomic"

	"github.com/pollard-dev/pollard/graph/memory"
)

// Where the length of samples is from.
const (
	lengthGiven   = "as given"
	lengthInput   = "that of the input"
	lengthFile    = "that of the tokenizer's file"
	lengthLongest = "that of the longest"
)

// longestUnasked bounds the length of samples where nobody says one.
const longestUnasked = 512

// chooseLength sets the number of tokens of the samples, which is the same for all, so that what is
// computed does not depend on which of them are read together.
func (t *Texts) chooseLength() error {
	fixed := 0
	for _, v := range t.inputs {
		if n, known := v.Type.Shape[1].Value(); known && fixed == 0 {
			fixed = n
		} else if known && n != fixed {
			return fmt.Errorf("input %q: want %d tokens as of another input, have %v", v.Name, fixed, v.Type)
		}
	}
	taken := &t.taken
	given := t.opt.Text.Length
	switch {
	case given > 0 && fixed > 0 && given != fixed:
		return fmt.Errorf("length: want %d tokens, which the model takes, have %d", fixed, given)
	case given > 0:
		taken.Length, taken.From = given, lengthGiven
	case fixed > 0:
		taken.Length, taken.From = fixed, lengthInput
	case t.tokens.Padding != nil && t.tokens.Padding.Length > 0:
		taken.Length, taken.From = t.tokens.Padding.Length, lengthFile
		if c := t.tokens.Truncation; c != nil && c.Length > 0 {
			t.most = c.Length
		}
	default:
		return t.longest()
	}
	if least := t.tokens.Special(false) + 1; taken.Length < least {
		return fmt.Errorf("length: want at least %d tokens, of which the tokenizer adds all but one, have %d", least, taken.Length)
	}
	return memory.Hold(fmt.Sprintf("a sentence of %d tokens", taken.Length), memory.Product(int64(16*(1+len(t.inputs))), int64(taken.Length)))
}

// longest tokenizes all sentences and takes the length of the longest.
func (t *Texts) longest() error {
	most, from := longestUnasked, ""
	if c := t.tokens.Truncation; c != nil && c.Length > 0 {
		most, from = c.Length, lengthFile
	}
	step := 1
	if p := t.tokens.Padding; p != nil && p.Multiple > 0 {
		step = p.Multiple
	}
	var length, cut atomic.Int64
	err := t.each(t.Count(), func(i int) error {
		e, err := t.encode(i, 0)
		if err != nil {
			return err
		}
		n := int64(len(e.IDs))
		if n > int64(most) {
			cut.Add(1)
		}
		for {
			old := length.Load()
			if n <= old || length.CompareAndSwap(old, n) {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	n := (int(length.Load()) + step - 1) / step * step
	t.taken.From, t.taken.Cut = lengthLongest, int(cut.Load())
	if n > most {
		if n = most; t.taken.Cut > 0 {
			t.taken.From = from
			if from == "" {
				t.taken.From = fmt.Sprintf("the longest has %d", length.Load())
			}
		}
	}
	t.taken.Length = n
	return nil
}

// sameLength makes the samples of two sources of text equally long, where both are as long as their
// longest, so that they can be read together. Others are left as they are.
func sameLength(a, b Source) {
	s, is := a.(*Texts)
	o, too := b.(*Texts)
	if is && too && s.opt.Text.Length == 0 && o.opt.Text.Length == 0 {
		n := max(s.taken.Length, o.taken.Length)
		s.taken.Length, o.taken.Length = n, n
	}
}
