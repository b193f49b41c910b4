package tokenizer

// trie holds byte strings with numbers. Its nodes are the strings' prefixes.
type trie struct {
	next   map[uint64]int32 // node and byte to node
	values []int32          // by node; -1 for none
}

func newTrie() *trie { return &trie{map[uint64]int32{}, []int32{-1}} }

// put sets the number of a string, and forgets the one it had.
func (t *trie) put(s string, value int) {
	at := int32(0)
	for i := range len(s) {
		key := uint64(at)<<8 | uint64(s[i])
		to, has := t.next[key]
		if !has {
			to = int32(len(t.values))
			t.next[key] = to
			t.values = append(t.values, -1)
		}
		at = to
	}
	t.values[at] = int32(value)
}

// prefixes calls yield with the length and the number of each string that s begins with, shortest first.
func (t *trie) prefixes(s string, yield func(length, value int)) {
	at := int32(0)
	for i := range len(s) {
		to, has := t.next[uint64(at)<<8|uint64(s[i])]
		if !has {
			return
		}
		if at = to; t.values[at] >= 0 {
			yield(i+1, int(t.values[at]))
		}
	}
}

// longest returns the longest string that s begins with.
func (t *trie) longest(s string) (length, value int) {
	t.prefixes(s, func(l, v int) { length, value = l, v })
	return length, value
}
