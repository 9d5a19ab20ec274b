package driver_test

import (
	"encoding/json"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// canonical are texts that come back as they are.
var canonical = []string{
	`null`, `true`, `false`, `""`, `[]`, `{}`, `[null,[],{}]`,
	`0`, `-1`, `9007199254740993`, `9223372036854775807`, `-9223372036854775808`,
	`0.0`, `1.0`, `-1.5`, `0.1`, `9007199254740992.0`, `9223372036854774784.0`, `-9223372036854775808.0`,
	`9.223372036854776e+18`, `1e+300`, `1.7976931348623157e+308`, `5e-324`, `1e-07`, `1.2345675e+06`, `123456.5`,
	`"a\"\\\n/"`, "\"\\u0000\\u001f\x7f\"", `"é界😀"`, "\"\u2028\ufffd\ufeff\"", `"<>&'"`,
	`{"$date":"2026-01-02T03:04:05.678Z"}`, `{"$date":"0000-01-01T00:00:00.000Z"}`, `{"$date":"9999-12-31T23:59:59.999Z"}`,
	`{"$binary":""}`, `{"$binary":"AA=="}`, `{"$binary":"+/+/"}`,
	`{"$json":"null"}`, `{"$json":" 0.12345678901234567890123\n"}`, `{"$json":"{\"a.b\":1,\"a.b\":[\"\\ud800\"]}"}`,
	`{"a":{"b":[{"c":1.0}]},"b":0,"é":2}`, `{"\n":1," ":3,"\"":2}`,
}

// unusual are texts that are legal JSON but not canonical, with their canonical form.
var unusual = [][2]string{
	{" \t\r\n[ 1 , 2 ] \n", `[1,2]`},
	{`{ "b" : 1 , "a" : 2 }`, `{"a":2,"b":1}`},
	{`-0`, `0`},
	{`-0.0`, `0.0`},
	{`-0e-5`, `0.0`},
	{`1E2`, `100.0`},
	{`1e+2`, `100.0`},
	{`10.50`, `10.5`},
	{`123456789012345678901234567890.0`, `1.2345678901234568e+29`},
	{`1e-400`, `0.0`},
	{`0.1000000000000000055511151231257827`, `0.1`},
	{`"\/\b\f\n\r\t"`, `"/\u0008\u000c\n\u000d\u0009"`},
	{`"\u0041\u00e9\u754C"`, `"Aé界"`},
	{`"\ud83d\uDE00"`, `"😀"`},
	{`"\ufffd\uFFFD\\ud800"`, "\"\ufffd\ufffd\\\\ud800\""},
	{`{"\u0061":1}`, `{"a":1}`},
	{`{"\u0024date":"2026-01-02T03:04:05Z"}`, `{"$date":"2026-01-02T03:04:05.000Z"}`},
	{`{"$date":"2026-01-02T03:04:05.678999+05:30"}`, `{"$date":"2026-01-01T21:34:05.678Z"}`},
	{`{"$date":"1969-12-31T23:59:59.9999Z"}`, `{"$date":"1969-12-31T23:59:59.999Z"}`},
	{`{ "$binary" : "AAAA" }`, `{"$binary":"AAAA"}`},
}

// hostile are texts that must be refused.
var hostile = []string{
	``, ` `, `nul`, `nulll`, `True`, `NaN`, `Infinity`, `-Infinity`, `undefined`, `'a'`, `1 2`, `null,`, "\ufeff1", `//x`, `/**/1`,
	`[`, `[1`, `[1,`, `[1,]`, `[,1]`, `[1 2]`, `[1}`, `]`, `[nullnull]`,
	`{`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{"a":1,}`, `{,"a":1}`, `{"a" 1}`, `{"a":1 "b":2}`, `{a:1}`, `{1:1}`, `{"a":1]`, `}`,
	`{"a":1,"a":1}`, `{"a":1,"b":2,"\u0061":3}`, `[{"b":{"a":1,"a":2}}]`,
	`01`, `-01`, `00`, `00.5`, `-`, `+1`, `1.`, `.5`, `-.5`, `1.e5`, `1e`, `1e+`, `1e5.5`, `0x10`, `1_000`, `1e1000`, `-1e1000`, `--1`, `1-1`, `1+1`,
	`9223372036854775808`, `-9223372036854775809`, `123456789012345678901234567890`,
	`"`, `"a`, `"a\`, `"a\"`, `"\x"`, `"\u12"`, `"\u12G4"`, `"\U0041"`, "\"\n\"", "\"\x00\"", "\"a\\n\x1f\"", "\"\xff\"", "\"\\n\xc3\"",
	`"\ud800"`, `"\udc00"`, `"\udc00\ud800"`, `"\ud800x"`, `"\ud800\u0041"`, `"\ud83d\ud83d\ude00"`, `"\ufffd\ud800"`, `"\\ufffd\ud800"`, "\"\ufffd\\udfff\"",
	`{"$set":1}`, `{"$date":1}`, `{"$date":"2026-01-02T03:04:05Z","a":1}`, `{"$date":"a","$date":"b"}`, `{"$binary":null}`, `{"$other":"x"}`, `{"a":{"$gt":""}}`,
	`{"":1}`, `{"a.b":1}`, `{"a\u0000":1}`, `{".":1}`,
	`{"$date":""}`, `{"$date":"2026-01-02"}`, `{"$date":"2026-01-02T03:04:05"}`, `{"$date":"2026-01-02 03:04:05Z"}`, `{"$date":"2026-02-30T00:00:00Z"}`,
	`{"$date":"2026-01-02T03:04:05+25:00"}`, `{"$date":"10000-01-01T00:00:00Z"}`,
	`{"$date":"0000-01-01T00:00:00+01:00"}`, `{"$date":"9999-12-31T23:59:59-01:00"}`, `{"$date":"2026-01-02T03:04:60Z"}`,
	`{"$binary":"A"}`, `{"$binary":"AA"}`, `{"$binary":"AB=="}`, `{"$binary":"A-_A"}`, `{"$binary":"AA==\n"}`, `{"$binary":"AA\r\nAA"}`, `{"$binary":"AA==AA=="}`,
	`{"$json":""}`, `{"$json":1}`, `{"$json":"1 2"}`, `{"$json":"nul"}`, `{"$json":"{"}`, `{"$json":"01"}`, `{"$json":"1","a":1}`,
	strings.Repeat("[", 1000), strings.Repeat("[", 1000) + strings.Repeat("]", 1000), strings.Repeat(`{"a":`, 100_000), strings.Repeat("[{\"a\":", 1_000_000),
}

func TestTextRoundTrip(t *testing.T) {
	for _, text := range canonical {
		v, err := driver.ParseValue(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if got := v.Text(); got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		checkText(t, v)
	}
	for _, pair := range unusual {
		if got := val(pair[0]).Text(); got != pair[1] {
			t.Errorf("%q came back as %q, want %q", pair[0], got, pair[1])
		}
	}
}

// checkText holds v to what its text form promises.
func checkText(t *testing.T, v driver.Value) {
	t.Helper()
	text := v.AppendTo([]byte("before"))[len("before"):]
	if v.Size() != len(text) {
		t.Errorf("Size of %s is %d, but it has %d bytes", text, v.Size(), len(text))
	}
	back, err := driver.ParseValue(string(text))
	if err != nil || !driver.Identical(back, v) {
		t.Errorf("%s came back as %s, %v", text, back.Text(), err)
	}
	if !json.Valid(text) {
		t.Errorf("%s is not JSON", text)
	}
	if v.Kind() == driver.Float && !strings.ContainsAny(string(text), ".e") {
		t.Errorf("%s does not look like a Float", text)
	}
}

func TestTextRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 5_000 {
		checkText(t, randomValue(r, 4))
		if f := math.Float64frombits(r.Uint64()); !math.IsNaN(f) && !math.IsInf(f, 0) {
			checkText(t, driver.FloatValue(f))
		}
	}
}

func wantParseError(t *testing.T, text string, err error) {
	t.Helper()
	if !errors.Is(err, driver.ErrValue) {
		t.Errorf("%.100q: error is %v, want ErrValue", text, err)
	}
}

func TestParseHostile(t *testing.T) {
	for _, text := range hostile {
		if v, err := driver.ParseValue(text); err == nil {
			t.Errorf("%.100q was taken for %s", text, v.Text())
		} else {
			wantParseError(t, text, err)
		}
	}
	for _, text := range []string{`[]`, `1`, `null`, `{"$binary":""}`, ``} {
		if _, err := driver.ParseDoc(text); err == nil {
			t.Errorf("%s was taken for a document", text)
		} else {
			wantParseError(t, text, err)
		}
	}
}

// Whatever limits a document was written under, it can be read again.
func TestParseBeyondDefaultLimits(t *testing.T) {
	u := &driver.Update{
		Ops: ops(driver.Set{Path: deepPath(48), Value: field(strings.Repeat("n", 5000), val(nested(48)))},
			set("a.9000", `{"a":1}`), driver.Set{Path: "s", Value: driver.StringValue(strings.Repeat("\x01", 2<<20))}),
		Limits: driver.Limits{Depth: 1 << 30, Name: 1 << 30, Padding: 1 << 30, Size: 1 << 30},
	}
	if err := u.Validate(); err != nil {
		t.Fatal(err)
	}
	d, _, err := driver.Eval(t.Context(), doc(`{"a":[]}`), u, now)
	if err != nil {
		t.Fatal(err)
	}
	checkText(t, driver.ObjectValue(d))
}

func TestSizeOfDoc(t *testing.T) {
	d := doc(`{"é":"x","b":{"c":1}}`)
	if got, want := d.Size(), len("é")+len(`"x"`)+len("b")+len(`{"c":1}`); got != want {
		t.Errorf("Size is %d, want %d", got, want)
	}
	small, big := driver.Limits{Size: d.Size()}, driver.Limits{}
	if err := small.CheckGrowth(0, d.Size()); err != nil {
		t.Error(err)
	}
	for _, err := range []error{small.CheckGrowth(0, d.Size()+1), big.CheckGrowth(0, 1<<20+1)} {
		if !errors.Is(err, driver.ErrTooLarge) {
			t.Errorf("beyond the limit: error is %v, want ErrTooLarge", err)
		}
	}
}

func TestValueAccessors(t *testing.T) {
	moment := time.Date(2026, 1, 2, 4, 4, 5, 678_999_999, time.FixedZone("", 3600))
	if got := driver.TimeValue(moment).Time(); !got.Equal(now) || got.Location() != time.UTC {
		t.Errorf("time is %v", got)
	}
	raw := []byte("abc")
	v := driver.BytesValue(raw)
	raw[0] = 'x'
	v.Bytes()[1] = 'x'
	if got := string(v.Bytes()); got != "abc" {
		t.Errorf("bytes are %q", got)
	}
	// An accessor for another kind returns the zero value.
	for _, text := range canonical {
		v := val(text)
		is := v.Kind()
		if is != driver.Bool && v.Bool() || is != driver.Int && v.Int() != 0 || is != driver.Float && v.Float() != 0 ||
			is != driver.String && v.Str() != "" || is != driver.Bytes && v.Bytes() != nil || is != driver.Time && !v.Time().IsZero() ||
			is != driver.Array && v.Elems() != nil || is != driver.Object && v.Doc().Len() != 0 {
			t.Errorf("%s %s shows a value of another kind", is, text)
		}
		if v.IsNumber() != (is == driver.Int || is == driver.Float) || !v.Exists() || is.String() == "invalid" {
			t.Errorf("%s is of kind %s", text, is)
		}
	}
}

func TestMarshalJSON(t *testing.T) {
	const text = `{"a":[1.0,{"$binary":"AA=="}]}`
	for _, v := range []any{doc(text), val(text)} {
		if got, err := json.Marshal(v); err != nil || string(got) != text {
			t.Errorf("%T: %s, %v", v, got, err)
		}
	}
	if got, err := json.Marshal(driver.Value{}); err != nil || string(got) != "null" {
		t.Errorf("a missing value: %s, %v", got, err)
	}
}

func TestParseFields(t *testing.T) {
	d, err := driver.ParseFields([]string{"b", "a"}, []string{`1`, `{"c":[]}`})
	if want := `{"a":{"c":[]},"b":1}`; err != nil || d.Text() != want {
		t.Errorf("got %v, %v, want %s", d.Text(), err, want)
	}
	for name, c := range map[string]struct{ names, texts []string }{
		"value":          {[]string{"a"}, []string{`{`}},
		"empty name":     {[]string{""}, []string{`1`}},
		"name with dot":  {[]string{"a.b"}, []string{`1`}},
		"name not UTF-8": {[]string{"\xff"}, []string{`1`}},
		"name twice":     {[]string{"a", "a"}, []string{`1`, `1`}},
	} {
		_, err := driver.ParseFields(c.names, c.texts)
		if !errors.Is(err, driver.ErrCorrupt) || errors.Is(err, driver.ErrValue) { // nobody's input is at fault
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestParse has fields that nobody has parsed: they are what they are, and damage is found by Parse alone, where it looks.
func TestParse(t *testing.T) {
	d, err := driver.ParseFields([]string{"n", "list", "object", "half", "more"}, []string{`1`, `[1,{"b":[]}]`, `{"b":{"c":2}}`, `[1`, `{"b":1} x`})
	if err != nil {
		t.Fatal(err)
	}
	whole := doc(`{"list":[1,{"b":[]}],"n":1,"object":{"b":{"c":2}}}`)
	for _, name := range []string{"n", "list", "object"} {
		parsed, err := d.Parse(name, "none")
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []driver.Value{d.Get(name), parsed.Get(name)} {
			if want := whole.Get(name); !driver.Equal(got, want) || got.Kind() != want.Kind() || got.Text() != want.Text() || got.Size() != want.Size() {
				t.Errorf("%s: %s of kind %v and %d bytes", name, got.Text(), got.Kind(), got.Size())
			}
		}
	}
	if got := d.Lookup("object.b.c"); got.Int() != 2 {
		t.Errorf("inside of what is not parsed: %s", got.Text())
	}
	for _, name := range []string{"half", "more"} {
		if _, err := d.Parse("n", name); !errors.Is(err, driver.ErrCorrupt) || errors.Is(err, driver.ErrValue) {
			t.Errorf("%s: error %v", name, err)
		}
		if v := d.Get(name); len(v.Elems()) != 0 || v.Doc().Len() != 0 {
			t.Errorf("%s: %s is in it", name, v.Text())
		}
	}
	if _, err := d.Parse(); !errors.Is(err, driver.ErrCorrupt) {
		t.Errorf("all: error %v", err)
	}
}
