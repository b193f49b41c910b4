package onnx

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
	"github.com/pollard-dev/pollard/graph"
)

// exporter builds messages from a graph.Model. It does not copy the contents of tensors: until
// marshal, raw_data fields hold stand-ins.
type exporter struct {
	// mark starts every stand-in. It is random so that no contents can be mistaken for one, such as
	// those of training information, which has no stand-ins.
	mark []byte
	cuts [][]byte
	data *dataFile // nil: everything goes into the message
	// declaredWeights requires initializers to be declared among the inputs of the main graph.
	declaredWeights bool
	// sparsely is WriteOptions.Sparse.
	sparsely func(*graph.Value) bool
}

func newExporter() *exporter {
	mark := make([]byte, 16)
	rand.Read(mark) // never fails
	return &exporter{mark: mark}
}

// standIn returns what takes the place of raw in raw_data.
func (ex *exporter) standIn(raw []byte) []byte {
	ex.cuts = append(ex.cuts, raw)
	return binary.LittleEndian.AppendUint64(slices.Clone(ex.mark), uint64(len(ex.cuts)-1))
}

// size returns the size of p with its contents, accurate to a few bytes a tensor.
func (ex *exporter) size(p *onnxpb.ModelProto) int64 {
	size := int64(proto.Size(p))
	for _, b := range ex.cuts {
		size += int64(len(b))
	}
	return size
}

// marshal serializes p with contents in place of their stand-ins. The pieces view the contents.
func (ex *exporter) marshal(p *onnxpb.ModelProto) (pieces, error) {
	b, err := deterministic.Marshal(p)
	if err != nil {
		return pieces{}, err
	}
	out, _, err := rewrite(b, modelMessage, 0, func(raw []byte) []byte {
		if rest, ok := cutPrefix(raw, ex.mark); ok {
			return ex.cuts[binary.LittleEndian.Uint64(rest)]
		}
		return raw
	})
	return out, err
}

func cutPrefix(b, prefix []byte) ([]byte, bool) {
	if len(b) != len(prefix)+8 || string(b[:len(prefix)]) != string(prefix) {
		return nil, false
	}
	return b[len(prefix):], true
}

func (ex *exporter) model(m *graph.Model) (*onnxpb.ModelProto, error) {
	if err := m.Check(); err != nil {
		return nil, fmt.Errorf("the graph is inconsistent: %w", err)
	}
	read := &onnxpb.ModelProto{}
	if e, ok := m.Extra.(*modelExtra); ok {
		read = e.proto
	}
	ir := ex.irVersion(m)
	q := &onnxpb.ModelProto{
		IrVersion:    keep(read.IrVersion, ir),
		ProducerName: read.ProducerName, ProducerVersion: read.ProducerVersion,
		Domain: read.Domain, ModelVersion: read.ModelVersion, DocString: read.DocString,
		TrainingInfo: read.TrainingInfo, Configuration: read.Configuration,
		OpsetImport: opsets(read, m, ir), MetadataProps: properties(read.MetadataProps, m.Metadata),
	}
	keepUnknown(q, read)
	ex.declaredWeights = declaresWeights(ir)
	for _, f := range m.Functions {
		p, err := ex.function(f)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", f, err)
		}
		q.Functions = append(q.Functions, p)
	}
	var err error
	q.Graph, err = ex.graph(m.Graph)
	return q, err
}

// opsets lists what m imports, in the order of the file and then by domain.
func opsets(read *onnxpb.ModelProto, m *graph.Model, ir int64) []*onnxpb.OperatorSetIdProto {
	var list []*onnxpb.OperatorSetIdProto
	left := maps.Clone(m.Opsets)
	for _, o := range read.OpsetImport {
		version, ok := m.Opsets[onnxDomain(o.GetDomain())]
		if !ok {
			continue
		}
		delete(left, onnxDomain(o.GetDomain()))
		if o.GetVersion() != int64(version) {
			o = &onnxpb.OperatorSetIdProto{Domain: o.Domain, Version: new(int64(version))}
		}
		list = append(list, o)
	}
	if ir < 3 && len(read.OpsetImport) == 0 && len(left) == 1 && left[""] == 1 {
		return nil // such files import nothing
	}
	for _, domain := range slices.Sorted(maps.Keys(left)) {
		list = append(list, &onnxpb.OperatorSetIdProto{Domain: &domain, Version: new(int64(left[domain]))})
	}
	return list
}

// properties lists have. Those that were read keep their entry and order.
func properties(read []*onnxpb.StringStringEntryProto, have []graph.Property) []*onnxpb.StringStringEntryProto {
	var list []*onnxpb.StringStringEntryProto
	used := make([]bool, len(read))
	next := 0 // usually the properties are those read, in their order
	for _, p := range have {
		var e *onnxpb.StringStringEntryProto
		for k := range read {
			i := (next + k) % len(read)
			if !used[i] && read[i].GetKey() == p.Key && read[i].GetValue() == p.Value {
				e, used[i], next = read[i], true, i+1
				break
			}
		}
		if e == nil {
			e = entry(p.Key, p.Value)
		}
		list = append(list, e)
	}
	return list
}
