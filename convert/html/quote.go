package html

import (
	"reflect"

	"github.com/pollard-dev/pollard/convert/format"
)

// quoted returns a copy of v with its text quoted as on a terminal: a name in a page could still turn the direction of
// writing.
func quoted[T any](v T) T {
	return quotedValue(reflect.ValueOf(&v).Elem()).Interface().(T)
}

func quotedValue(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.String:
		out.SetString(format.Text(v.String()))
	case reflect.Pointer:
		if !v.IsNil() {
			out.Set(reflect.New(v.Type().Elem()))
			out.Elem().Set(quotedValue(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				out.Field(i).Set(quotedValue(v.Field(i)))
			}
		}
	case reflect.Slice:
		if !v.IsNil() {
			out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		}
		for i := range v.Len() {
			out.Index(i).Set(quotedValue(v.Index(i)))
		}
	case reflect.Map:
		if !v.IsNil() {
			out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		}
		for _, k := range v.MapKeys() {
			out.SetMapIndex(quotedValue(k), quotedValue(v.MapIndex(k)))
		}
	}
	return out
}
