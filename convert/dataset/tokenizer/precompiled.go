package tokenizer

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// charsmap is the table of replacements of a SentencePiece model: a trie in the form of Darts, whose values
// are places in a list of texts that end in a zero.
// https://github.com/google/sentencepiece/blob/master/src/normalizer.cc
type charsmap struct {
	units []uint32
	texts []byte
}

func parsePrecompiled(p part) (normalizer, error) {
	var f struct {
		Type string `json:"type"`
		Map  string `json:"precompiled_charsmap"`
	}
	if err := p.into(&f); err != nil {
		return nil, err
	}
	data, err := base64.StdEncoding.DecodeString(f.Map)
	if err != nil {
		return nil, fmt.Errorf("%s: precompiled_charsmap: want base64", p.at)
	}
	var size uint32
	if len(data) >= 4 {
		size = binary.LittleEndian.Uint32(data)
	}
	if len(data) < 4 || size%4 != 0 || int64(size) > int64(len(data)-4) {
		return nil, fmt.Errorf("%s: precompiled_charsmap: want a trie and texts, have %d bytes of which the trie has %d", p.at, len(data), size)
	}
	c := charsmap{units: make([]uint32, size/4), texts: data[4+size:]}
	for i := range c.units {
		c.units[i] = binary.LittleEndian.Uint32(data[4+4*i:])
	}
	if !utf8.Valid(c.texts) {
		return nil, fmt.Errorf("%s: precompiled_charsmap: want texts in UTF-8", p.at)
	}
	return c.normalize, nil
}

// find returns the replacement of the shortest text of the table that s begins with.
func (c charsmap) find(s string) (string, bool) {
	offset := func(unit uint32) uint32 { return unit >> 10 << (unit & (1 << 9) >> 6) }
	if len(c.units) == 0 {
		return "", false
	}
	at := offset(c.units[0])
	for i := range len(s) {
		if s[i] == 0 {
			return "", false
		}
		at ^= uint32(s[i])
		if int64(at) >= int64(len(c.units)) {
			return "", false
		}
		unit := c.units[at]
		if unit&(1<<31|0xff) != uint32(s[i]) {
			return "", false
		}
		at ^= offset(unit)
		if unit>>8&1 == 0 {
			continue
		}
		if int64(at) >= int64(len(c.units)) {
			return "", false
		}
		from := int64(c.units[at] &^ (1 << 31))
		if from > int64(len(c.texts)) {
			return "", false
		}
		text, _, _ := bytes.Cut(c.texts[from:], []byte{0})
		return string(text), utf8.Valid(text)
	}
	return "", false
}

// shortCluster is how many bytes a grapheme cluster may have to be looked up as a whole.
const shortCluster = 6

// normalize replaces what the table has: clusters if they are short, else characters.
func (c charsmap) normalize(text string) (string, error) {
	var b strings.Builder
	state := -1
	for len(text) > 0 {
		var cluster string
		cluster, text, _, state = uniseg.FirstGraphemeClusterInString(text, state)
		if len(cluster) < shortCluster {
			if to, has := c.find(cluster); has {
				b.WriteString(to)
				cluster = ""
			}
		}
		for _, r := range cluster {
			if to, has := c.find(string(r)); has {
				b.WriteString(to)
			} else {
				b.WriteRune(r)
			}
			if b.Len() > longestText {
				return bounded(b.String())
			}
		}
	}
	return bounded(b.String())
}
