package driver_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

func TestParseJSON(t *testing.T) {
	for text, want := range map[string]string{
		`null`: `null`, ` [true, "\u0041", {}] `: `[true,"A",{}]`, `{"b":1,"a":{"0":[]}}`: `{"a":{"0":[]},"b":1}`,

		`0`: `0`, `-0`: `0`, `42`: `42`, `9223372036854775807`: `9223372036854775807`, `-9223372036854775808`: `-9223372036854775808`,
		`0.1`: `0.1`, `1.10`: `1.1`, `1e3`: `1000.0`, `1E+3`: `1000.0`, `-0.0`: `0.0`, `0e999999999999`: `0.0`, `2.50`: `2.5`,
		`100000000000000000000`: `1e+20`, `9007199254740993.5e0`: `json`, `0.00001`: `1e-05`, `5e-324`: `5e-324`,
		`0.12345678901234567890123`: `json`, `123456789012345.6789`: `json`, `12345678901234567890`: `json`, `9223372036854775808`: `json`,
		`9007199254740993.0`: `json`, `1e400`: `json`, `-1e-400`: `json`, `4e-324`: `json`, `1e99999999999999999999`: `json`,
		`0.1000000000000000055511151231257827`: `json`,

		`{"a.b":1}`: `json`, `{"":1}`: `json`, `{"a":1, "$date":"2026-01-02T03:04:05Z"}`: `json`, `{"$json":"1"}`: `json`,
		`{"a\u0000":1}`: `json`, `{"$binary":"AA=="}`: `json`,
	} {
		if want == "json" {
			want = driver.JSONValue(text).Text()
		}
		v, err := driver.ParseJSON(text)
		if err != nil || v.Text() != want {
			t.Errorf("%s is %s, %v; want %s", text, v.Text(), err, want)
		}
	}
	// Only the part that needs it is opaque.
	v, err := driver.ParseJSON(`{"n":1,"d":{"$date":"x"},"l":[0.12345678901234567890123, 2]}`)
	if want := `{"d":{"$json":"{\"$date\":\"x\"}"},"l":[{"$json":"0.12345678901234567890123"},2],"n":1}`; err != nil || v.Text() != want {
		t.Errorf("got %s, %v; want %s", v.Text(), err, want)
	}
	for _, text := range []string{
		``, `{`, `1 2`, `nul`, `01`, `1.`, `.5`, `--1`, `1e`, `"\ud800"`, "\"\xff\"", `{"a":1,"a":2}`, `{"a.b":1,}`, strings.Repeat("[", 300),
	} {
		if v, err := driver.ParseJSON(text); !errors.Is(err, driver.ErrValue) {
			t.Errorf("%q is %s, %v", text, v.Text(), err)
		}
	}
}

// A value of kind JSON is its text, whatever that says.
func TestJSONValue(t *testing.T) {
	for _, text := range []string{`null`, ` {"a.b":1} `, `1.0`} {
		v := driver.JSONValue(text)
		if v.Kind() != driver.JSON || v.JSON() != text || v.Str() != "" || v.IsNumber() || v.Doc().Len() != 0 || v.Depth() != 0 {
			t.Errorf("the value of %q is not opaque", text)
		}
		u := &driver.Update{Ops: ops(driver.Set{Path: "a", Value: v})}
		if err := u.Validate(); err != nil {
			t.Errorf("%q: %v", text, err)
		}
		after, _, err := driver.Eval(t.Context(), driver.Doc{}, u, now)
		if err != nil || after.Get("a").JSON() != text {
			t.Errorf("%q came back as %s, %v", text, after.Text(), err)
		}
		for _, op := range []driver.Op{
			driver.Inc{Path: "a", By: val(`1`)}, driver.Push{Path: "a", Each: []driver.Value{v}}, driver.Set{Path: "a.a", Value: v},
		} {
			if _, _, err := driver.Eval(t.Context(), after, &driver.Update{Ops: ops(op)}, now); !errors.Is(err, driver.ErrType) && !errors.Is(err, driver.ErrPath) {
				t.Errorf("%s of %q: %v", op.Name(), text, err)
			}
		}
	}
	for _, text := range []string{"", "{", "1 2", "\"\xff\""} {
		u := &driver.Update{Ops: ops(driver.Push{Path: "a", Each: []driver.Value{driver.JSONValue(text)}})}
		if err := u.Validate(); !errors.Is(err, driver.ErrValue) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Values and documents are what a visitor has in a session: no verb and no log handler shows them.
func TestValuesDoNotPrint(t *testing.T) {
	d := doc(`{"a":"treasure"}`)
	v := d.Get("a")
	var log strings.Builder
	logger := slog.New(slog.NewTextHandler(&log, nil))
	logger.Info("m", "doc", d, "value", v, "field", d.At(0), "values", []driver.Value{v}, "map", map[string]driver.Doc{"d": d})
	slog.New(slog.NewJSONHandler(&log, nil)).Info("m", "doc", d, "value", v)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%T %v"} {
		log.WriteString(fmt.Sprintf(strings.TrimPrefix(verb, "%T "), d) + fmt.Sprintf(strings.TrimPrefix(verb, "%T "), []driver.Value{v}))
		log.WriteString(fmt.Sprintf(strings.TrimPrefix(verb, "%T "), driver.Set{Path: "p", Value: v}))
	}
	for _, secret := range []string{"treasure", fmt.Sprintf("%x", "treasure")} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("printed: %s", &log)
		}
	}
	text, err := json.Marshal(map[string]any{"doc": d, "value": &v})
	if want := `{"doc":{"a":"treasure"},"value":"treasure"}`; err != nil || string(text) != want {
		t.Errorf("as JSON: %s, %v", text, err)
	}
	var back struct {
		D driver.Doc
		V driver.Value
	}
	err = json.Unmarshal([]byte(`{"D":{"t":{"$date":"2026-01-02T03:04:05Z"}},"V":1.0}`), &back)
	if err != nil || back.D.Text() != `{"t":{"$date":"2026-01-02T03:04:05.000Z"}}` || back.V.Kind() != driver.Float {
		t.Errorf("from JSON: %s, %s, %v", back.D.Text(), back.V.Text(), err)
	}
	if err := json.Unmarshal([]byte(`{"D":[]}`), &back); err == nil {
		t.Error("an array is no document")
	}
}
