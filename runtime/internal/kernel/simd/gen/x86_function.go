package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// function begins a function and loads its slices' bases.
func (l x86) function(name, signature string, slices ...string) (bases []scalar) {
	TEXT(name, NOSPLIT, signature)
	Pragma("noescape")
	Doc(name + " is " + strings.TrimSuffix(name, l.name) + "Go.")
	for _, s := range slices {
		bases = append(bases, Load(Param(s).Base(), GP64()))
	}
	return bases
}

func (l x86) length(slice string) scalar { return Load(Param(slice).Len(), GP64()) }

// beside returns few for AVX-512 too, to which more vectors bring nothing.
func (l x86) beside(few, _ int) int { return few }

func (l x86) integer(name string) scalar { return Load(Param(name), GP64()) }

func (l x86) element(slice string, i scalar) vector {
	base := Load(Param(slice).Base(), GP64())
	return l.broadcast(Mem{Base: base, Index: i.(reg.Register), Scale: 4})
}

func (l x86) repeat(n scalar, label string, f func()) {
	Label(label)
	TESTQ(n, n)
	JLE(LabelRef("done"))
	f()
	DECQ(n)
	JMP(LabelRef(label))
	Label("done")
}

func (l x86) advance(base, by scalar) {
	LEAQ(Mem{Base: base.(reg.Register), Index: by.(reg.Register), Scale: 4}, base)
}

func (l x86) end() {
	VZEROUPPER()
	RET()
}

func (l x86) give(v vector) {
	Store(avo(v).AsX(), ReturnIndex(0))
	l.end()
}

func (l x86) giveDouble(v vector) { l.give(v) }

func (l x86) giveInteger(v vector) {
	result := GP32()
	VMOVD(avo(v).AsX(), result)
	Store(result, ReturnIndex(0))
	l.end()
}

// avo returns a vector as one that avo can take parts of.
func avo(v vector) reg.VecVirtual { return v.(reg.VecVirtual) }
