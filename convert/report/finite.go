package report

import (
	"encoding/json"
	"io"
	"math"
	"reflect"
)

// WriteJSON writes a report with indentation. JSON has no NaN or infinity: where a number may be
// unknown they become null, elsewhere the largest number, so that no figure can make WriteJSON
// fail.
func WriteJSON(w io.Writer, report any) error {
	makeFinite(reflect.ValueOf(report))
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(report)
}

// makeFinite replaces the numbers reachable from v that are not finite.
func makeFinite(v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if e := v.Elem(); e.IsValid() && e.Kind() == reflect.Float64 && !isFinite(e.Float()) && v.CanSet() {
			v.SetZero()
		} else if e.IsValid() {
			makeFinite(e)
		}
	case reflect.Float64:
		if x := v.Float(); !isFinite(x) && v.CanSet() {
			if math.IsNaN(x) {
				x = math.MaxFloat64
			}
			v.SetFloat(Finite(x))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && f.Tag.Get("json") != "-" {
				makeFinite(v.Field(i))
			}
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			makeFinite(v.Index(i))
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			e := reflect.New(v.Type().Elem()).Elem()
			e.Set(v.MapIndex(k))
			makeFinite(e)
			v.SetMapIndex(k, e)
		}
	}
}

func isFinite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// Finite returns x, with infinities replaced by the largest number, since JSON has none.
func Finite(x float64) float64 { return max(-math.MaxFloat64, min(x, math.MaxFloat64)) }
