//go:build (!amd64 && !arm64) || noasm

package simd

func (p *Product) runPart(_ Level, part productPart) { productGo(p, part) }
