package simd

import (
	"math/rand/v2"
	"syscall"
	"testing"
	"unsafe"
)

// pages is memory followed by a page that must not be touched.
type pages struct {
	memory []byte
	end    int
}

func newPages(t *testing.T, n int) *pages {
	t.Helper()
	page := syscall.Getpagesize()
	end := (n + page - 1) / page * page
	memory, err := syscall.Mmap(-1, 0, end+page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	t.Cleanup(func() { syscall.Munmap(memory) })
	if err := syscall.Mprotect(memory[end:], syscall.PROT_NONE); err != nil {
		t.Skip(err)
	}
	return &pages{memory, end}
}

// atEnd moves numbers to the very end of the accessible memory.
func atEnd[T float32 | int32](p *pages, x []T) []T {
	if len(x) == 0 {
		return x
	}
	to := unsafe.Slice((*T)(unsafe.Pointer(&p.memory[p.end-4*len(x)])), len(x))
	copy(to, x)
	return to
}

// TestProductReadsNothingBehind puts the end of every slice where memory ends, so that reading or
// writing beyond it faults.
func TestProductReadsNothingBehind(t *testing.T) {
	var at [7]*pages
	for i := range at {
		at[i] = newPages(t, 1<<18)
	}
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(11, 12))
		for range 3000 {
			width := 16 * (1 + r.IntN(strip(l)/16))
			p := randomProduct(r, l, 1+r.IntN(20), 1+r.IntN(4), 1+r.IntN(11), width, width-r.IntN(16))
			p.Y = atEnd(at[0], randoms(r, (p.First+p.Rows-1)*p.LdY+p.Columns))
			p.X, p.W, p.Bias, p.Residual, p.Zero = atEnd(at[1], p.X), atEnd(at[2], p.W), atEnd(at[3], p.Bias), atEnd(at[4], p.Residual), atEnd(at[5], p.Zero)
			if p.Table != nil {
				p.Table.offsets = atEnd(at[6], p.Table.offsets)
				p.X = atEnd(at[1], p.X[:max(1, int(p.Table.largest)+p.K)])
			}
			p.runAt(l)
		}
	})
}

func TestDepthwiseReadsNothingBehind(t *testing.T) {
	var at [7]*pages
	for i := range at {
		at[i] = newPages(t, 1<<18)
	}
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(13, 14))
		for range 3000 {
			d, _ := randomDepthwise(r, l, 1+r.IntN(20), 1+r.IntN(9), 1+r.IntN(140))
			d.Y = atEnd(at[0], randoms(r, (d.First+d.Rows-1)*d.LdY+d.Channels))
			d.X, d.W, d.Bias, d.Residual, d.Zero = atEnd(at[1], d.X[:max(1, int(d.Table.largest)+d.Channels)]), atEnd(at[2], d.W), atEnd(at[3], d.Bias), atEnd(at[4], d.Residual), atEnd(at[5], d.Zero)
			d.Table.offsets = atEnd(at[6], d.Table.offsets)
			d.runAt(l)
		}
	})
}

// TestPackStripsReadsNothingBehind does the same for packing weights.
func TestPackStripsReadsNothingBehind(t *testing.T) {
	from, to := newPages(t, 1<<18), newPages(t, 1<<18)
	eachLevel(t, func(t *testing.T, l Level) {
		r := rand.New(rand.NewPCG(15, 16))
		for range 1000 {
			taps, k, n := 1+r.IntN(4), 1+r.IntN(30), 1+r.IntN(150)
			for _, stride := range [][3]int{{k * n, n, 1}, {k * n, 1, k}, {1, taps, taps * k}} {
				src := atEnd(from, randoms(r, (taps-1)*stride[0]+(k-1)*stride[1]+(n-1)*stride[2]+1))
				packStrips(l, atEnd(to, make([]float32, PackedLen(taps, k, n))), src, taps, k, n, stride[0], stride[1], stride[2])
			}
		}
	})
}

// TestSparseReadsNothingBehind does the same for sparse products.
func TestSparseReadsNothingBehind(t *testing.T) {
	var at [7]*pages
	for i := range at {
		at[i] = newPages(t, 1<<18)
	}
	eachRows(t, func(t *testing.T, l Level, rows int) {
		r := rand.New(rand.NewPCG(17, 18))
		for range 2000 {
			s := randomSparse(r, l, rows)
			s.Y = atEnd(at[0], randoms(r, s.ySize()))
			s.X, s.Starts, s.Offsets, s.Values = atEnd(at[1], s.X), atEnd(at[2], s.Starts), atEnd(at[3], s.Offsets), atEnd(at[4], s.Values)
			s.Bias, s.Residual = atEnd(at[5], s.Bias), atEnd(at[6], s.Residual)
			s.runAt(l)
			v := randomSparseVector(r, rows)
			v.Y = atEnd(at[0], randoms(r, (len(v.Starts)-1)*rows))
			v.X, v.Starts, v.Offsets, v.Values = atEnd(at[1], v.X), atEnd(at[2], v.Starts), atEnd(at[3], v.Offsets), atEnd(at[4], v.Values)
			v.Bias, v.Residual = atEnd(at[5], v.Bias), atEnd(at[6], v.Residual)
			v.runAt(l)
		}
	})
}

// TestRowsReadNothingBehind does the same for the functions of rows.
func TestRowsReadNothingBehind(t *testing.T) {
	var pages [4]*pages
	for i := range pages {
		pages[i] = newPages(t, 1<<16)
	}
	r := rand.New(rand.NewPCG(19, 20))
	at := func(i, n int) []float32 { return atEnd(pages[i], randoms(r, n)) }
	eachLevel(t, func(t *testing.T, l Level) {
		for n := 1; n < 100; n++ {
			for _, c := range unaryCases {
				c.forms.at(l)(at(0, n), at(1, n))
			}
			for _, c := range binaryCases {
				c.forms.at(l)(at(0, 2*n+3), at(1, 2*n+1), at(2, n), 2, n, n+3, n+1, 0)
			}
			clampVariants.at(l)(at(0, n), at(1, n), -1, 1)
			sumVariants.at(l)(at(0, n))
			maxOfVariants.at(l)(at(0, n))
			sumRowsVariants.at(l)(at(0, n), at(1, 3*n+2), 3, n, n+1, 1)
			squaresVariants.at(l)(at(0, n), 1)
			standardiseVariants.at(l)(at(0, n), at(1, n), at(2, n), 1, 2, 3)
			standardiseShiftVariants.at(l)(at(0, n), at(1, n), at(2, n), at(3, n), 1, 2, 3)
			expSumVariants.at(l)(at(0, n), at(1, n), 1)
			expTotalVariants.at(l)(at(0, n), 1)
			scaledMaxVariants.at(l)(at(0, n), at(1, n), 1)
			scaledMaskedMaxVariants.at(l)(at(0, n), at(1, n), at(2, n), 1)
			offsets := atEnd(pages[2], []int32{0, int32(n), -1, int32(n), 3, 0})
			poolMaxVariants.at(l)(at(0, 2*n+1), at(1, max(2*n, n+3)), offsets, 3, 2, n, n+1)
			poolAverageVariants.at(l)(at(0, 2*n+1), at(1, max(2*n, n+3)), offsets, 3, 2, n, n+1, at(3, 2))
			maxOffsetVariants.at(l)(atEnd(pages[0], make([]int32, n)))
			everySecondVariants.at(l)(at(0, n), at(1, 2*n-1))
			for rows := 1; rows < 20; rows++ {
				transposeBlockVariants.at(l)(at(0, (n-1)*(rows+1)+rows), at(1, (rows-1)*(n+2)+n), rows, n, n+2, rows+1)
			}
		}
	})
}
