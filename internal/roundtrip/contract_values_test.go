package roundtrip

import (
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

func millis(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return time.UnixMilli(t.UnixMilli()).UTC()
}

var oddTexts = []string{
	"=", "a", "$a", `{"$gt":""}`, "é", "e\u0301", "\x01\x1f\x7f", "\u2028\u2029\ufeff", "</script>&amp;", `\`, `\\"\u0000'`, `"`, "null", "[]", "[", " a ", "0", "a\r\n\tb",
	"\U0010ffff\ufffd", "\u0080", strings.Repeat("long", 64), strings.Repeat("\x02", 256), "%s$1{}", "\u00c0\u00ff", "a:b! c", "signed-in",
}

func (w *world) odd() string { return pick(w.generator, oddTexts) }

// moment is a time that a sign-in may have been at.
func (w *world) moment() time.Time {
	switch w.IntN(12) {
	case 0:
		return time.Time{}.Add(time.Duration(w.IntN(3)) * time.Millisecond / 2)
	case 1:
		return time.UnixMilli(int64(w.IntN(3)) - 1)
	case 2:
		return time.Unix(-w.Int64N(6e10), w.Int64N(1e9))
	case 3:
		return time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC)
	case 4:
		return time.UnixMilli(1e12 - int64(w.IntN(2)))
	}
	return w.base.Add(time.Duration(w.IntN(4))*2*time.Hour + time.Duration(w.IntN(5)-2)*time.Millisecond/2 + time.Duration(w.IntN(999_999))).In(time.FixedZone("", 3600))
}

// boundary is about a time that one of the sessions has been signed in at, or any other.
func (w *world) boundary() time.Time {
	list, _ := w.memory.List(w.t.Context(), w.base, "", driver.ID{}, 100)
	if len(list) == 0 || w.oneIn(3) {
		return w.moment()
	}
	r := pick(w.generator, list)
	return r.SignedIn().Add(time.Duration(w.IntN(5)-2) * time.Millisecond / 2)
}

func (w *world) attrs(removing bool) driver.Attrs {
	attrs := driver.Attrs{}
	for range w.IntN(4) {
		text := w.odd()
		if w.oneIn(3) && removing {
			text = ""
		}
		attrs[pick(w.generator, []string{"label", "agent", "a", "user", "date", "json", "binary", strings.Repeat("z", 32)})] = text
	}
	if w.oneIn(4) && len(w.ids) > 0 {
		attrs[driver.AttrOriginal] = w.id().String()
	}
	if len(attrs) == 0 {
		return nil
	}
	return attrs
}

func (w *world) id() driver.ID {
	if len(w.ids) == 0 || w.oneIn(30) {
		return driver.ID{1, byte(w.IntN(256))}
	}
	return pick(w.generator, w.ids)
}

func (w *world) user() string {
	if w.oneIn(4) {
		return ""
	}
	return pick(w.generator, w.users)
}

func (w *world) verifier() (v driver.Verifier) {
	for i := range v {
		v[i] = byte(w.Uint32())
	}
	return v
}

// key returns one of a session, which more often than not opens it.
func (w *world) key() driver.Key {
	id := w.id()
	secrets := w.secrets[id]
	switch {
	case w.oneIn(12) || len(secrets) == 0:
		return driver.Key{ID: id, Verifier: w.verifier()}
	case w.oneIn(5):
		return driver.Key{ID: id, Verifier: pick(w.generator, secrets)}
	case w.oneIn(3):
		if r, err := w.memory.Load(w.t.Context(), w.base, driver.Key{ID: id, Verifier: secrets[len(secrets)-1]}); err == nil && !w.oneIn(3) {
			return driver.UserKey(id, r.User)
		}
		return driver.UserKey(id, w.user())
	}
	return driver.Key{ID: id, Verifier: secrets[len(secrets)-1]}
}

func (w *world) update() *driver.Update {
	u := &driver.Update{Attrs: w.attrs(true)}
	if w.oneIn(2) {
		u.User = new(w.user())
	}
	if w.oneIn(3) {
		u.Authenticated = w.moment()
	}
	if w.oneIn(5) {
		u.AuthenticatedSince = w.boundary()
	}
	if w.oneIn(3) {
		u.Renew = new(w.verifier())
	}
	if w.oneIn(2) {
		u.MaxAge = time.Duration(1+w.IntN(5)) * time.Hour
	}
	if w.oneIn(5) {
		u.Lifetime = time.Duration(1+w.IntN(5)) * time.Hour
	}
	if w.oneIn(8) {
		u.Deadline = w.now.Add(time.Duration(w.IntN(6)) * time.Hour)
	}
	if w.oneIn(3) {
		u.SessionLimit = driver.SessionLimit{Max: 1 + w.IntN(3), End: !w.oneIn(4)}
		if w.oneIn(3) {
			u.SessionLimit.Except = w.id()
		}
	}
	one := driver.IntValue(1)
	u.Ops = pick(w.generator, [][]driver.Op{
		nil,
		nil,
		{driver.Set{Path: "n", Value: one}},
		{driver.Inc{Path: "n", By: one}},
		{driver.Inc{Path: "o.n", By: one}},
		{driver.Unset{Path: "n"}, driver.Inc{Path: "attrs.a", By: one}},
		{driver.Push{Path: "l", Each: []driver.Value{one}, Sort: []driver.Sort{{}}}},
		{driver.Inc{Path: "n", By: one}, driver.Inc{Path: "s", By: one}},
	})
	if w.oneIn(6) {
		u.If = []driver.Condition{{Path: "n", Is: driver.Exists, Value: driver.BoolValue(true)}}
	}
	return u
}
