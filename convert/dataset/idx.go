package dataset

import (
	"encoding/binary"
	"fmt"

	"github.com/pollard-dev/pollard/graph"
)

// idxTypes maps the type byte of an IDX file to an element type;
// http://yann.lecun.com/exdb/mnist/ describes the format.
var idxTypes = map[byte]graph.DType{
	0x08: graph.Uint8, 0x09: graph.Int8, 0x0b: graph.Int16,
	0x0c: graph.Int32, 0x0d: graph.Float32, 0x0e: graph.Float64,
}

// An IDX file is two zero bytes, the element type, the number of axes, the extents and the data,
// all big-endian.

// parseIDXHeader parses what precedes the data and returns where the data start.
func parseIDXHeader(raw []byte) (h layout, start int, err error) {
	if len(raw) < 4 || raw[0] != 0 || raw[1] != 0 {
		return h, 0, fmt.Errorf("idx: want a header, have %d bytes", len(raw))
	}
	d, ok := idxTypes[raw[2]]
	if !ok {
		return h, 0, fmt.Errorf("idx: element type %#02x is not known", raw[2])
	}
	rank := int(raw[3])
	if rank == 0 || len(raw) < 4+4*rank {
		return h, 0, fmt.Errorf("idx: want extents of %d axes, have %d bytes", max(1, rank), len(raw)-4)
	}
	h = layout{dtype: d, swap: d.Bits() > 8, shape: make([]int, rank)}
	for i := range h.shape {
		e := binary.BigEndian.Uint32(raw[4+4*i:])
		if e > 1<<31-1 {
			return h, 0, fmt.Errorf("idx: axis %d: extent %d is too large", i, e)
		}
		h.shape[i] = int(e)
	}
	return h, 4 + 4*rank, nil
}
