package arm64

import (
	"fmt"
	"go/ast"
	"go/parser"
)

// parameter is a word, or a smaller part, of a function's arguments and results.
type parameter struct {
	name         string
	offset, size int
}

// sizes lists the sizes of the types that the functions use.
var sizes = map[string]int{"int": 8, "float64": 8, "float32": 4, "int32": 4, "uint32": 4, "uint64": 8}

// layout finds where parameters and results lie in Go's stack-based calling convention.
func layout(signature string) (parameters, results []parameter, size int) {
	e, err := parser.ParseExpr(signature)
	if err != nil {
		panic(fmt.Sprintf("arm64: %s: %v", signature, err))
	}
	t := e.(*ast.FuncType)
	at := 0
	place := func(fields *ast.FieldList) (all []parameter) {
		if fields == nil {
			return nil
		}
		for _, field := range fields.List {
			names := []string{"ret"}
			if len(field.Names) > 0 {
				names = nil
				for _, n := range field.Names {
					names = append(names, n.Name)
				}
			}
			for _, name := range names {
				all = append(all, parts(name, field.Type, &at)...)
			}
		}
		return all
	}
	parameters = place(t.Params)
	if t.Results != nil {
		at = (at + 7) &^ 7
	}
	results = place(t.Results)
	return parameters, results, at
}

func parts(name string, t ast.Expr, at *int) []parameter {
	one := func(name string, size int) parameter {
		*at = (*at + size - 1) &^ (size - 1)
		p := parameter{name, *at, size}
		*at += size
		return p
	}
	switch t := t.(type) {
	case *ast.ArrayType:
		return []parameter{one(name+"_base", 8), one(name+"_len", 8), one(name+"_cap", 8)}
	case *ast.StarExpr:
		return []parameter{one(name, 8)}
	case *ast.Ident:
		if size, ok := sizes[t.Name]; ok {
			return []parameter{one(name, size)}
		}
	}
	panic(fmt.Sprintf("arm64: parameter %s is of no type that is known", name))
}
