package onnx

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"github.com/pollard-dev/pollard/convert/onnx/internal/onnxpb"
)

// message is a kind of message that may contain raw_data at some depth.
type message int

const (
	modelMessage message = iota + 1
	graphMessage
	nodeMessage
	attributeMessage
	tensorMessage
	sparseMessage
	trainingMessage
	functionMessage
	rawData // not a message: the field itself
)

// fields gives the field numbers that lead to raw_data in each kind of message.
var fields = map[message]map[protowire.Number]message{
	modelMessage:     {7: graphMessage, 20: trainingMessage, 25: functionMessage},
	trainingMessage:  {1: graphMessage, 2: graphMessage},
	functionMessage:  {7: nodeMessage, 11: attributeMessage},
	graphMessage:     {1: nodeMessage, 5: tensorMessage, 15: sparseMessage},
	nodeMessage:      {5: attributeMessage},
	attributeMessage: {5: tensorMessage, 6: graphMessage, 10: tensorMessage, 11: graphMessage, 22: sparseMessage, 23: sparseMessage},
	sparseMessage:    {1: tensorMessage, 2: tensorMessage},
	tensorMessage:    {9: rawData},
}

// maxDepth bounds how deep messages nest: three levels for each level of subgraphs.
const maxDepth = 300

// pieces is a message as a sequence of byte strings, which alias others.
type pieces struct {
	list [][]byte
	size int64 // int64, so that a 32-bit process can plan files of more than 2 GiB
}

func (p *pieces) add(b []byte) {
	if len(b) > 0 {
		p.list = append(p.list, b)
		p.size += int64(len(b))
	}
}

// join copies the pieces into one byte string.
func (p *pieces) join() []byte {
	b := make([]byte, 0, p.size)
	for _, s := range p.list {
		b = append(b, s...)
	}
	return b
}

// rewrite returns b, a message of the given kind, with replace applied to every raw_data in it and
// the lengths around them corrected. The pieces alias b and what replace returns.
func rewrite(b []byte, kind message, depth int, replace func([]byte) []byte) (out pieces, changed bool, err error) {
	if depth > maxDepth {
		return out, false, errors.New("graphs nest too deep")
	}
	inner := fields[kind]
	start, pos := 0, 0
	for pos < len(b) {
		num, typ, tag := protowire.ConsumeTag(b[pos:])
		if tag < 0 {
			return out, false, protowire.ParseError(tag)
		}
		length := protowire.ConsumeFieldValue(num, typ, b[pos+tag:])
		if length < 0 {
			return out, false, protowire.ParseError(length)
		}
		end := pos + tag + length
		if child := inner[num]; child != 0 && typ == protowire.BytesType {
			payload, _ := protowire.ConsumeBytes(b[pos+tag:])
			sub, touched := pieces{}, child == rawData
			if touched {
				sub.add(replace(payload))
			} else if sub, touched, err = rewrite(payload, child, depth+1, replace); err != nil {
				return out, false, err
			}
			if touched {
				out.add(b[start : pos+tag])
				out.add(protowire.AppendVarint(nil, uint64(sub.size)))
				out.list = append(out.list, sub.list...)
				out.size += sub.size
				start, changed = end, true
			}
		}
		pos = end
	}
	out.add(b[start:])
	return out, changed, nil
}

// unmarshal decodes a ModelProto whose raw_data fields view b.
func unmarshal(b []byte) (*onnxpb.ModelProto, error) {
	m := &onnxpb.ModelProto{}
	cuts, err := unmarshalSplit(b, modelMessage, m)
	if err != nil {
		return nil, err
	}
	v := visitor(func(t *onnxpb.TensorProto) { restore(t, cuts) })
	v.graph(m.Graph)
	v.beside(m)
	return m, nil
}

// pointerPrefix is what a file begins with that Git Large File Storage leaves in place of a large one
// (https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md).
const pointerPrefix = "version https://git-lfs.github.com/spec/"

// unmarshalSplit decodes b into m with a stand-in for every raw_data: its index in cuts, as eight
// bytes.
func unmarshalSplit(b []byte, kind message, m proto.Message) (cuts [][]byte, err error) {
	rest, changed, err := rewrite(b, kind, 0, func(raw []byte) []byte {
		cuts = append(cuts, raw)
		return binary.LittleEndian.AppendUint64(nil, uint64(len(cuts)-1))
	})
	if err != nil {
		if bytes.HasPrefix(b, []byte(pointerPrefix)) {
			err = errors.New("this is a Git LFS pointer, not the model it stands for: fetch that with git lfs pull")
		} else if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("cut short, or not a protobuf")
		} else {
			err = fmt.Errorf("not a protobuf: %w", err)
		}
		return nil, err
	}
	if changed {
		b = rest.join()
	}
	if err := proto.Unmarshal(b, m); err != nil {
		return nil, errors.New("not an ONNX protobuf: a field does not have the form that the format defines")
	}
	return cuts, nil
}

// restore replaces the stand-in of t by its raw_data.
func restore(t *onnxpb.TensorProto, cuts [][]byte) {
	if t.RawData == nil {
		return
	}
	raw := cuts[binary.LittleEndian.Uint64(t.RawData)]
	if raw == nil {
		raw = []byte{} // present, but empty
	}
	t.RawData = raw[:len(raw):len(raw)]
}
