package sqlitedb

import "reflect"

// resultCode returns SQLite's result code in an error of a driver, the extended one if it is there. Each driver has a type of its own
// for it: with a method Code (modernc's), with that and ExtendedCode (ncruces', whose codes are errors by themselves, too), or with
// fields of these names (mattn's). None is imported for that, since each brings a SQLite of its own.
func resultCode(err error) (code int, ok bool) {
	switch e := err.(type) { //nolint:errorlint // this is what looks into it
	case nil:
		return 0, false
	case interface{ Unwrap() []error }:
		for _, err := range e.Unwrap() {
			if code, ok := resultCode(err); ok {
				return code, true
			}
		}
		return 0, false
	}
	v := reflect.Indirect(reflect.ValueOf(err))
	if kind := v.Kind(); kind == reflect.Uint8 || kind == reflect.Uint16 {
		return int(v.Uint()), true
	}
	methods := reflect.ValueOf(err)
	code, ok = number(methods.MethodByName("Code"), v, "Code") // by constants, so that the linker may still leave out other methods
	extended, has := number(methods.MethodByName("ExtendedCode"), v, "ExtendedCode")
	if has && (!ok || extended&0xff == code&0xff) {
		return extended, true
	}
	if ok {
		return code, true
	}
	if e, wraps := err.(interface{ Unwrap() error }); wraps {
		return resultCode(e.Unwrap())
	}
	return 0, false
}

// number returns what a method without arguments returns or, if there is none, what a field holds.
func number(method, v reflect.Value, field string) (int, bool) {
	var n reflect.Value
	if method.IsValid() {
		if t := method.Type(); t.NumIn() != 0 || t.NumOut() != 1 {
			return 0, false
		}
		n = method.Call(nil)[0]
	} else if v.Kind() == reflect.Struct {
		if f, has := v.Type().FieldByName(field); has && len(f.Index) == 1 {
			n = v.FieldByIndex(f.Index)
		}
	}
	switch {
	case !n.IsValid():
		return 0, false
	case n.CanInt():
		return int(n.Int()), true
	case n.CanUint():
		return int(n.Uint()), true
	}
	return 0, false
}
