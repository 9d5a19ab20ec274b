package driver_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// sampleDoc is a session as they are found in practice, of about size bytes of text.
func sampleDoc(size int) driver.Doc {
	d := doc(`{"user_id":42,"visits":1017,"csrf":{"$binary":"AAECAwQFBgcICQoLDA0ODw=="},"theme":"dark","score":0.25,
		"login":{"at":{"$date":"2026-01-02T03:04:05.678Z"},"from":"203.0.113.7","agent":"Mozilla/5.0 (X11; Linux x86_64)"}}`)
	item := val(`{"sku":"tea-0815","qty":2,"price":12.5,"note":"a \"gift\"","gift":true,"added":{"$date":"2026-01-02T03:04:05.678Z"}}`)
	var items []driver.Value
	for n := len(d.Text()); n < size; n += item.Size() + 1 {
		items = append(items, item)
	}
	return d.With("cart", driver.ArrayValue(items...))
}

func benchSizes(b *testing.B, run func(b *testing.B, d driver.Doc)) {
	for _, size := range []int{1 << 10, 200 << 10} {
		b.Run(fmt.Sprintf("%dKB", size>>10), func(b *testing.B) {
			d := sampleDoc(size)
			b.ReportAllocs()
			run(b, d)
		})
	}
}

func BenchmarkParseDoc(b *testing.B) {
	benchSizes(b, func(b *testing.B, d driver.Doc) {
		text := d.Text()
		b.SetBytes(int64(len(text)))
		for b.Loop() {
			if _, err := driver.ParseDoc(text); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkAppendTo(b *testing.B) {
	benchSizes(b, func(b *testing.B, d driver.Doc) {
		buf := d.AppendTo(nil)
		b.SetBytes(int64(len(buf)))
		for b.Loop() {
			buf = d.AppendTo(buf[:0])
		}
	})
}

func BenchmarkSize(b *testing.B) {
	benchSizes(b, func(b *testing.B, d driver.Doc) {
		for b.Loop() {
			d.Size()
		}
	})
}

func BenchmarkEval(b *testing.B) {
	updates := map[string]*driver.Update{
		"inc":   {Ops: ops(inc("visits", `1`))},
		"set3":  {Ops: ops(set("login.from", `"198.51.100.1"`), set("theme", `"light"`), inc("visits", `1`))},
		"push":  {Ops: ops(push("cart", `[{"sku":"cup"}]`))},
		"apart": {Ops: ops(set("cart.0.qty", `3`))},
	}
	for _, name := range []string{"inc", "set3", "push", "apart"} {
		b.Run(name, func(b *testing.B) {
			benchSizes(b, func(b *testing.B, d driver.Doc) {
				for b.Loop() {
					if _, _, err := driver.Eval(b.Context(), d, updates[name], now); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

// BenchmarkHostile holds documents and updates as large as the limits allow against hidden quadratic work.
func BenchmarkHostile(b *testing.B) {
	many := "[" + strings.Repeat("0,", 500_000) + "1]"
	elems := driver.Doc{}.With("a", val(many))
	var fields []driver.Field
	for i := range 200_000 {
		fields = append(fields, driver.Field{Name: fmt.Sprintf("%05x", i), Value: driver.IntValue(1)})
	}
	wide, _ := driver.NewDoc(fields...)
	var setElems, setFields, longPaths []driver.Op
	prefix := strings.Repeat(strings.Repeat("n", 1000)+".", 60)
	for i := range driver.MaxOps {
		setElems = append(setElems, inc(driver.Path(fmt.Sprintf("a.%d", i*400)), `1`))
		setFields = append(setFields, set(driver.Path(fmt.Sprintf("x%d", i)), `1`))
		longPaths = append(longPaths, set(driver.Path(fmt.Sprintf("%s%d", prefix, i)), `1`))
	}
	b.Run("parse", func(b *testing.B) {
		for b.Loop() {
			val(many)
		}
	})
	for _, run := range []struct {
		name string
		doc  driver.Doc
		ops  []driver.Op
	}{
		{"addToSet", elems, ops(add("a", many))},
		{"pullAll", elems, ops(pullAll("a", many))},
		{"sort", elems, ops(sorted("", true, push("a", `[]`)))},
		{"1000 elements", elems, setElems},
		{"1000 fields", wide, setFields},
		{"1000 long paths", driver.Doc{}, longPaths},
	} {
		b.Run(run.name, func(b *testing.B) {
			for b.Loop() {
				u := &driver.Update{Ops: run.ops}
				if err := u.Validate(); err != nil {
					b.Fatal(err)
				}
				if _, _, err := driver.Eval(b.Context(), run.doc, u, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
