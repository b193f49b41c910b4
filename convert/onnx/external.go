package onnx

import (
	"crypto/sha1" // the checksum of the format, not a protection
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/pollard-dev/pollard/convert/internal/staging"
	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
)

// external finds the contents of tensors that lie in other files of the model's folder, and maps
// each file once. A nil external refuses them.
//
// The format is https://github.com/onnx/onnx/blob/main/docs/ExternalData.md.
type external struct {
	dir    string
	opened func(*mapping)      // called with each file, which it has to close
	files  map[string]*mapping // by location
	names  []string            // paths, in order of first use
}

// location is where a tensor says its contents lie. A length of -1 means that none is given.
type location struct {
	file           string
	offset, length int64
	checksum       string // SHA-1 of the whole file, in hex
}

func parseLocation(entries []*onnxpb.StringStringEntryProto) (l location, err error) {
	l.length = -1
	for _, e := range entries {
		switch v := e.GetValue(); e.GetKey() {
		case "location":
			l.file = v
		case "offset":
			l.offset, err = strconv.ParseInt(v, 10, 64)
		case "length":
			l.length, err = strconv.ParseInt(v, 10, 64)
		case "checksum":
			l.checksum = v
		}
		if err != nil || l.offset < 0 {
			return l, fmt.Errorf("external data: %s %q is not a number of bytes", e.GetKey(), e.GetValue())
		}
	}
	if l.file == "" {
		return l, errors.New("external data: no location is given")
	}
	return l, nil
}

// bytes returns the contents, want bytes, that the entries of a tensor locate.
func (x *external) bytes(entries []*onnxpb.StringStringEntryProto, want int) ([]byte, error) {
	l, err := parseLocation(entries)
	if err != nil {
		return nil, err
	}
	if x == nil {
		return nil, fmt.Errorf("external data %q: there is no folder to look for it in", l.file)
	}
	if l.length >= 0 && l.length != int64(want) {
		return nil, fmt.Errorf("external data %q: want %d bytes, have %d", l.file, want, l.length)
	}
	m, err := x.open(l)
	if err != nil {
		return nil, fmt.Errorf("external data %q: %w", l.file, staging.Pathless(err))
	}
	if have := int64(len(m.bytes)) - l.offset; have < int64(want) {
		return nil, fmt.Errorf("external data %q: want %d bytes at %d, have %d", l.file, want, l.offset, max(have, 0))
	}
	return m.bytes[l.offset:][:want:want], nil
}

// open maps the file of l. It opens nothing outside of the model's folder: a model from elsewhere
// must not read other files of the user.
func (x *external) open(l location) (*mapping, error) {
	m := x.files[l.file]
	if m == nil {
		name := filepath.FromSlash(l.file)
		if !filepath.IsLocal(name) || strings.Contains(filepath.ToSlash(name)+"/", "../") {
			return nil, errors.New("the path leaves the model's folder")
		}
		root, err := os.OpenRoot(x.dir)
		if err != nil {
			return nil, err
		}
		defer root.Close()
		info, err := root.Stat(name) // refuses symbolic links that lead outside
		if err != nil {
			return nil, err
		}
		if !info.Mode().IsRegular() { // opening a pipe would block
			return nil, errors.New("it is not a file")
		}
		f, err := root.Open(name)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		if m, err = mapOpened(filepath.Join(x.dir, name), f); err != nil {
			return nil, err
		}
		if x.files == nil {
			x.files = map[string]*mapping{}
		}
		x.files[l.file] = m
		x.opened(m)
		x.names = append(x.names, filepath.Join(x.dir, name))
	}
	if l.checksum != "" && !m.hasSum(l.checksum) {
		return nil, fmt.Errorf("the checksum is not %s", l.checksum)
	}
	return m, nil
}

// hasSum reports whether sum is the SHA-1 of the contents in hex. It reads the contents once.
func (m *mapping) hasSum(sum string) bool {
	if m.sum == "" {
		h := sha1.Sum(m.bytes)
		m.sum = hex.EncodeToString(h[:])
	}
	return strings.EqualFold(m.sum, sum)
}

// paths lists the files opened so far.
func (x *external) paths() []string {
	if x == nil {
		return nil
	}
	return x.names
}
