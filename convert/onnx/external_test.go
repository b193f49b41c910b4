package onnx

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// folder creates files with the given contents and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, contents := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(contents), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// withExternal returns a model whose initializer w, of 3 bytes, lies where the entries say.
func withExternal(t *testing.T, entries string) string {
	t.Helper()
	return string(bytesOf(t, parse(t, opset17+`graph { output { name: "w" }
		initializer { name: "w" doc_string: "d" dims: 3 data_type: 2 data_location: EXTERNAL `+entries+` } }`)))
}

// pair returns one entry of external_data as text.
func pair(key, value string) string {
	return fmt.Sprintf("external_data { key: %q value: %q } ", key, value)
}

func TestExternalDataIsRead(t *testing.T) {
	sum := sha1.Sum([]byte("__abc__"))
	for name, entries := range map[string]string{
		"offset and length": pair("location", "w.bin") + pair("offset", "2") + pair("length", "3"),
		"offset":            pair("location", "w.bin") + pair("offset", "2"),
		"start":             pair("location", "sub/abc.bin"),
		"checksum":          pair("location", "w.bin") + pair("offset", "2") + pair("checksum", hex.EncodeToString(sum[:])),
		"link inside":       pair("location", "link") + pair("offset", "2"),
	} {
		dir := folder(t, map[string]string{"m.onnx": withExternal(t, entries), "w.bin": "__abc__", "sub/abc.bin": "abc"})
		if err := os.Symlink("w.bin", filepath.Join(dir, "link")); err != nil {
			t.Logf("no symbolic links here: %v", err)
			continue
		}
		f, err := Read(filepath.Join(dir, "m.onnx"))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if have := f.Model.Graph.Value("w").Const.Raw(); string(have) != "abc" {
			t.Errorf("%s: have %q", name, have)
		}
		// Small tensors are written inline.
		mustEqual(t, parse(t, opset17+`graph { output { name: "w" } initializer { name: "w" doc_string: "d" dims: 3 data_type: 2 raw_data: "abc" } }`),
			encoded(t, f.Model))
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestBadExternalDataIsRefused(t *testing.T) {
	outside := folder(t, map[string]string{"secret": "abc"})
	for _, c := range []struct{ name, entries, want string }{
		{"no location", pair("offset", "0"), "no location is given"},
		{"missing", pair("location", "none.bin"), "no such file"},
		{"absolute", pair("location", filepath.Join(outside, "secret")), "the path leaves the model's folder"},
		{"parent", pair("location", "../w.bin"), "the path leaves the model's folder"},
		{"parent inside", pair("location", "sub/../w.bin"), "the path leaves the model's folder"},
		{"link outside", pair("location", "link"), "escapes"},
		{"folder link outside", pair("location", "folder/secret"), "escapes"},
		{"a folder", pair("location", "sub"), "it is not a file"},
		{"short", pair("location", "w.bin") + pair("offset", "5"), "want 3 bytes at 5, have 2"},
		{"beyond", pair("location", "w.bin") + pair("offset", "9223372036854775807"), "have 0"},
		{"negative", pair("location", "w.bin") + pair("offset", "-1"), `offset "-1" is not a number of bytes`},
		{"no number", pair("location", "w.bin") + pair("length", "3k"), `length "3k" is not a number of bytes`},
		{"other length", pair("location", "w.bin") + pair("length", "4"), "want 3 bytes, have 4"},
		{"checksum", pair("location", "w.bin") + pair("checksum", "abcd"), "the checksum is not abcd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := folder(t, map[string]string{"m.onnx": withExternal(t, c.entries), "w.bin": "__abc__", "sub/abc.bin": "abc"})
			for link, to := range map[string]string{"link": filepath.Join(outside, "secret"), "folder": outside} {
				if err := os.Symlink(to, filepath.Join(dir, link)); err != nil {
					t.Skip(err)
				}
			}
			_, err := Read(filepath.Join(dir, "m.onnx"))
			mustFail(t, err, "m.onnx: ", `initializer "w": external data`, c.want)
		})
	}
}

// Messages that are written as they were read would name files of another folder.
func TestExternalDataBesideTheGraphIsRefused(t *testing.T) {
	const tensor = `{ name: "f" data_type: 1 data_location: EXTERNAL }`
	for _, text := range []string{
		`graph { } training_info { algorithm { initializer ` + tensor + `} }`,
		`graph { node { op_type: "A" attribute { name: "a" type: SPARSE_TENSOR sparse_tensor { values ` + tensor + `} } } }`,
	} {
		_, err := Decode("m", bytesOf(t, parse(t, opset17+text)))
		mustFail(t, err, `tensor "f": external data is not supported here`)
	}
}

// withWeights returns everything with additional initializers below, at and above the sizes that
// matter.
func withWeights(t *testing.T) *onnxpb.ModelProto {
	t.Helper()
	m := everything(t)
	add := func(name string, p *onnxpb.TensorProto) {
		p.Name = &name
		m.Graph.Initializer = append(m.Graph.Initializer, p)
	}
	contents := bytes.Repeat([]byte{1, 2, 3, 4}, 2<<20/4)
	add("big", &onnxpb.TensorProto{Dims: []int64{1024}, DataType: new(int32(1)), RawData: contents[:4096]})
	add("edge", &onnxpb.TensorProto{Dims: []int64{1023}, DataType: new(int32(2)), RawData: contents[:1023]})
	add("over", &onnxpb.TensorProto{Dims: []int64{1024}, DataType: new(int32(2)), RawData: contents[:1024]})
	add("huge", &onnxpb.TensorProto{Dims: []int64{2 << 20}, DataType: new(int32(2)), RawData: contents})
	add("typed big", &onnxpb.TensorProto{Dims: []int64{256}, DataType: new(int32(1)), FloatData: make([]float32, 256), DocString: new("kept")})
	add("text", &onnxpb.TensorProto{Dims: []int64{1}, DataType: new(int32(8)), StringData: [][]byte{contents[:2000]}})
	return m
}

func TestLargeModelsAreWrittenWithExternalData(t *testing.T) {
	want := withWeights(t)
	path := filepath.Join(t.TempDir(), "m.onnx")
	if err := Write(context.Background(), path, decoded(t, want), WriteOptions{ExternalThreshold: 100_000}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path + ".data")
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 20_000 || len(data) < 2<<20 {
		t.Errorf("the message takes %d bytes, the data %d", len(b), len(data))
	}
	var outside []string
	for _, p := range messageOf(t, b).Graph.Initializer {
		if p.GetDataLocation() != onnxpb.TensorProto_EXTERNAL {
			continue
		}
		outside = append(outside, p.GetName())
		l, err := parseLocation(p.ExternalData)
		if err != nil || l.file != "m.onnx.data" || l.offset%align != 0 || l.length >= large && l.offset%alignLarge != 0 || p.RawData != nil {
			t.Errorf("%s lies at %+v (%v)", p.GetName(), l, err)
		}
	}
	if have := strings.Join(outside, ","); have != "big,over,huge,typed big" {
		t.Errorf("outside of the message lie %s", have)
	}

	// Read again, the model is the same, except that elements moved from float_data to raw_data.
	f, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	typed := want.Graph.Initializer[len(want.Graph.Initializer)-2]
	typed.FloatData, typed.RawData = nil, make([]byte, 1024)
	mustEqual(t, want, encoded(t, f.Model))

	// The files that the tensors view are not overwritten; other files are.
	other := filepath.Join(filepath.Dir(path), "n.onnx")
	if err := os.Link(path+".data", other+".data"); err != nil {
		t.Fatal(err)
	}
	err = Write(context.Background(), other, f.Model, WriteOptions{ExternalThreshold: 100_000})
	mustFail(t, err, "n.onnx.data: it is the original")
	if _, err := os.Stat(other); err == nil {
		t.Error("the model was written all the same")
	}
	if err := os.Remove(other + ".data"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time over the first
		if err := Write(context.Background(), other, f.Model, WriteOptions{ExternalThreshold: 100_000}); err != nil {
			t.Fatal(err)
		}
	}
	if again, err := os.ReadFile(other + ".data"); err != nil || !bytes.Equal(data, again) {
		t.Errorf("the same model gave other external data (%v)", err)
	}
	mustHoldOnly(t, filepath.Dir(path), "m.onnx", "m.onnx.data", "n.onnx", "n.onnx.data")
}

// Contents may be larger than a protobuf: here eight initializers share 300 MiB that were never
// stored.
func TestModelsOver2GiB(t *testing.T) {
	m := decoded(t, everything(t))
	shared := graph.NewTensor(graph.Uint8, 300<<20)
	for range 8 {
		m.Graph.AddConst("weights", shared)
	}
	if _, err := Encode(m); err == nil {
		t.Error("2.4 GB were encoded in one message")
	}
	ex := newExporter()
	p, err := ex.model(m)
	if err != nil {
		t.Fatal(err)
	}
	if size := ex.size(p); size <= maxMessage {
		t.Fatalf("the model takes %d bytes only", size)
	}
	ex = newExporter()
	ex.data = &dataFile{location: "m.data"}
	if p, err = ex.model(m); err != nil {
		t.Fatal(err)
	}
	out, err := ex.marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if out.size > 20_000 || ex.data.contents.size < int64(8*300)<<20 {
		t.Errorf("the message takes %d bytes, the data %d", out.size, ex.data.contents.size)
	}
	if !proto.Equal(messageOf(t, out.join()).Graph.Input[0], everything(t).Graph.Input[0]) {
		t.Error("the message is another")
	}
}
