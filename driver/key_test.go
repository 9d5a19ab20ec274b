package driver_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// testSecret and its verifier have bytes that are easy to find in any notation.
var testSecret = driver.Secret(bytes.Repeat([]byte{0xab}, 32))

// notations returns three bytes of b in a row, wherever they begin, in every notation that fmt has.
func notations(b []byte) []string {
	var list []string
	for i := range len(b) - 2 {
		part := b[i : i+3]
		list = append(list, string(part))
		for _, verb := range []string{"x", "X", "#x", "d", "o", "b", "c", "U", "q", "t"} {
			for _, sep := range []string{"", " ", ", "} {
				format := "%" + verb + sep + "%" + verb + sep + "%" + verb
				list = append(list, fmt.Sprintf(format, part[0], part[1], part[2]))
			}
		}
	}
	return list
}

func containsAny(text string, list []string) bool {
	return slices.ContainsFunc(list, func(s string) bool { return strings.Contains(text, s) })
}

// timeless leaves out the time, whose digits are now and then those of a secret.
var timeless = &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
	if a.Key == slog.TimeKey {
		return slog.Attr{}
	}
	return a
}}

func TestSecretsDoNotPrint(t *testing.T) {
	verifier := testSecret.Verifier()
	// What holds them shows them no more than they show themselves.
	holder := struct {
		Secret   driver.Secret
		Verifier *driver.Verifier
		Key      driver.Key
		List     []driver.Secret
		Map      map[driver.Secret]driver.Verifier
	}{testSecret, &verifier, driver.Key{Verifier: verifier}, []driver.Secret{testSecret}, map[driver.Secret]driver.Verifier{testSecret: verifier}}
	shown := slices.Concat(notations(testSecret[:3]), notations(verifier[:]))
	check := func(how, text string) {
		t.Helper()
		if containsAny(text, shown) {
			t.Errorf("%s shows a secret: %s", how, text)
		}
	}
	check("String", testSecret.String()+verifier.String())
	for _, v := range []any{testSecret, &testSecret, verifier, &verifier, holder, &holder, holder.Key, any(holder.List)} {
		for verb := 'A'; verb <= 'z'; verb++ {
			if strings.ContainsRune("pw", verb) { // go vet reports them
				continue
			}
			for _, flags := range []string{"", "+", "#", " ", "# ", "80", ".40"} {
				format := "%" + flags + string(verb)
				check(format, fmt.Sprintf(format, v))
			}
		}
		check("Print", fmt.Sprint(v))
		check("an error", fmt.Errorf("failed: %v", v).Error())
		for name, marshal := range map[string]func(any) ([]byte, error){"JSON": json.Marshal, "XML": xml.Marshal} {
			if text, err := marshal(v); err == nil { // XML has no maps
				check(name, string(text))
			} else {
				check(name, err.Error())
			}
		}
		var log strings.Builder
		for _, h := range []slog.Handler{slog.NewTextHandler(&log, timeless), slog.NewJSONHandler(&log, timeless)} {
			slog.New(h).Info("m", "v", v, slog.Group("g", "v", v), slog.Any("list", []any{v}))
		}
		if !strings.Contains(log.String(), "[redacted]") {
			t.Errorf("nothing logged of %T: %s", v, log.String())
		}
		check("slog", log.String())
	}
}

func TestNotations(t *testing.T) {
	raw := [32]byte(testSecret)
	for _, format := range []string{"%x", "%d", "%v", "%s", "%#v", "%o", "%b", "%c", "%U", "%t"} {
		if !containsAny(fmt.Sprintf(format, raw), notations(raw[:])) {
			t.Errorf("a leak by %s goes unnoticed", format)
		}
	}
}

func TestVerifier(t *testing.T) {
	v := testSecret.Verifier()
	if v != sha256.Sum256(testSecret[:]) || !v.Equal(testSecret.Verifier()) {
		t.Error("a verifier is not the SHA-256 of its secret")
	}
	for i := range v {
		other := v
		other[i] ^= 1
		if v.Equal(other) {
			t.Errorf("equal in spite of byte %d", i)
		}
	}
}

func TestParseID(t *testing.T) {
	ids := []driver.ID{{}, {0: 255}, {15: 1}, driver.ID(bytes.Repeat([]byte{255}, 16)), driver.ID([]byte("0123456789abcdef"))}
	for _, id := range ids {
		text := id.String()
		if len(text) != 22 {
			t.Errorf("%s has %d characters", text, len(text))
		}
		if back, err := driver.ParseID(text); err != nil || back != id {
			t.Errorf("%s came back as %s, %v", text, back, err)
		}
		if id.IsZero() != (id == driver.ID{}) {
			t.Errorf("%s is zero: %t", id, id.IsZero())
		}
	}
	const good = "MDEyMzQ1Njc4OWFiY2RlZg"
	for _, text := range []string{
		"", good[:21], good + "A", good + "==", " " + good[1:], good[:21] + " ", good[:21] + "=", good[:20] + "==",
		good[:20] + "\n\n", good[:20] + "\r\n", "\n" + good[:20] + "\n", "\n\n" + good[2:], strings.Repeat("\n", 22),
		good[:21] + "h", good[:21] + "/", strings.Repeat("+", 22), good[:21] + "\x00", good[:20] + "é",
	} {
		if id, err := driver.ParseID(text); err == nil {
			t.Errorf("%q was taken for %s", text, id)
		} else if id != (driver.ID{}) {
			t.Errorf("%q: an error came with an ID", text)
		}
	}
	for i := range 256 { // one text for each ID: the last character has four bits to spare
		text := good[:21] + string(rune(i))
		if id, err := driver.ParseID(text); err == nil && id.String() != text {
			t.Errorf("%q was taken for %s", text, id)
		}
	}
}

// In JSON an ID is its text, as a value and as a key.
func TestIDInJSON(t *testing.T) {
	id := driver.ID([]byte("0123456789abcdef"))
	ids := map[driver.ID][]driver.ID{id: {{15: 1}}}
	const want = `{"MDEyMzQ1Njc4OWFiY2RlZg":["AAAAAAAAAAAAAAAAAAAAAQ"]}`
	if text, err := json.Marshal(ids); string(text) != want || err != nil {
		t.Errorf("written as %s, %v; want %s", text, err, want)
	}
	var back map[driver.ID][]driver.ID
	if err := json.Unmarshal([]byte(want), &back); !reflect.DeepEqual(back, ids) || err != nil {
		t.Errorf("%s is read as %v, %v", want, back, err)
	}
	for _, text := range []string{`""`, `"x"`, `"MDEyMzQ1Njc4OWFiY2RlZh"`, `"MDEyMzQ1Njc4OWFiY2RlZg=="`} {
		kept := id
		if err := json.Unmarshal([]byte(text), &kept); !errors.Is(err, driver.ErrValue) || kept != id {
			t.Errorf("%s is read as %s, %v", text, kept, err)
		}
		if err := json.Unmarshal([]byte("{"+text+":[]}"), &back); !errors.Is(err, driver.ErrValue) {
			t.Errorf("%s is read as a key: %v", text, err)
		}
	}
}

func TestCompareIDs(t *testing.T) {
	low, high := driver.ID{0: 1, 1: 255}, driver.ID{0: 128}
	if low.Compare(high) >= 0 || high.Compare(low) <= 0 || low.Compare(low) != 0 {
		t.Error("IDs are not ordered bytewise")
	}
}
