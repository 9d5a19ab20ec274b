package gorillabridge_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"reflect"
	"slices"
	"testing"

	"github.com/gorilla/sessions"

	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

// lockStep is what is shown by TestLockStep. Everything else of the table is a reason.
const lockStep = "lock step"

// covered says of each exported method and field, of gorilla's stores and of ours, what shows that it does what it did, or what differs on
// purpose.
var covered = map[string]string{
	"Session.AddFlash": lockStep, "Session.Flashes": lockStep, "Session.Name": lockStep, "Session.Save": lockStep, "Session.Store": lockStep,
	"Session.Values": lockStep, "Session.IsNew": lockStep, "Session.Options": lockStep,
	"Session.ID":       lockStep + "; but it is one for all names of a visitor, and New finds it in the request that has begun the session",
	"Store.Get":        lockStep,
	"Store.New":        lockStep + "; but it also finds what this request has saved under a new name, and no error in a name it has removed",
	"Store.Save":       lockStep + "; but of two sessions of one name each saves what it has changed itself: TestLost",
	"Store.MaxAge":     "left out: how long a session lives is the manager's to say, so the call does not compile",
	"Store.Codecs":     "left out: the cookie is the manager's",
	"Store.SignInKeys": "new: TestSignInKeys",

	"Store.Options":  lockStep + "; GinStore: internal/moving",
	"Options.MaxAge": lockStep + " below 0 and above; 0 removes nothing, as in a cookie store",
	"Options.Path":   "kept, and without a meaning, as all of these: TestCookies",

	"Store.MaxLength":     "left out: see Options.Limits of the manager",
	"Options.Domain":      "as Path",
	"Options.Secure":      "as Path",
	"Options.HttpOnly":    "as Path",
	"Options.Partitioned": "as Path",
	"Options.SameSite":    "as Path",
}

func TestEverythingIsCovered(t *testing.T) {
	known := map[string]bool{}
	for what, types := range map[string][]reflect.Type{
		"Session": {reflect.TypeFor[*sessions.Session]()},
		"Options": {reflect.TypeFor[*sessions.Options]()},
		"Store": {
			reflect.TypeFor[*gorillabridge.Store](), reflect.TypeFor[*sessions.CookieStore](), reflect.TypeFor[*sessions.FilesystemStore](),
			reflect.TypeFor[gorillabridge.GinStore[ginOptions]](),
		},
	} {
		for _, typ := range types {
			for m := range typ.Methods() {
				known[what+"."+m.Name] = true
			}
			if typ.Kind() == reflect.Pointer {
				for f := range typ.Elem().Fields() {
					known[what+"."+f.Name] = known[what+"."+f.Name] || f.IsExported()
				}
			}
		}
	}
	maps.DeleteFunc(known, func(_ string, exported bool) bool { return !exported })
	if table, found := slices.Sorted(maps.Keys(covered)), slices.Sorted(maps.Keys(known)); !slices.Equal(table, found) {
		t.Errorf("the table has %v\nthere are %v", table, found)
	}
}

type ginOptions struct{}

func (ginOptions) ToGorillaOptions() *sessions.Options { return &sessions.Options{MaxAge: 7} }

func TestGinOptions(t *testing.T) {
	site := newSite(t)
	store := site.store.(*gorillabridge.Store)
	gorillabridge.Gin[ginOptions](store).Options(ginOptions{})
	site.browser().must("auth", func(s *sessions.Session) {
		if s.Options.MaxAge != 7 || s.Options == store.Options {
			t.Error(s.Options)
		}
	})
}

// step is one call of a handler.
type step struct {
	what, name string
	key, value any
	flash      []string
}

// script makes up what handlers do in one request. It knows of each name whether it is there, to keep to what gorilla's own store does well.
func script(rnd *rand.Rand, there map[string]bool) (steps []step) {
	how, maxAge, began, removed := map[string]string{}, map[string]int{}, maps.Clone(there), map[string]bool{}
	saved := func(name string) {
		there[name] = maxAge[name] >= 0
		removed[name] = removed[name] || !there[name]
	}
	for range 1 + rnd.IntN(12) {
		s := step{name: pick(rnd, "a", "b", "c.d"), key: pick[any](rnd, "k", "x.y", "", 1, keyType(1), "_flash2")}
		s.value = pick[any](rnd, 1, "text", 2.5, []any{1, "two"}, map[string]any{"n": 1}, user{"Ann", []string{"x"}}, "\xff", []byte{1}, nil)
		if rnd.IntN(2) == 0 {
			s.flash = []string{"_flash3"}
		}
		if how[s.name] == "" {
			s.what = pick(rnd, "get", "get", "new", "hand")
			how[s.name], maxAge[s.name] = s.what, 1
			steps = append(steps, s)
			continue
		}
		s.what = pick(rnd, "set", "set", "delete", "in place", "add flash", "flashes", "remove", "keep", "save", "save", "store save",
			"save all", "again")
		switch s.what {
		case "remove":
			maxAge[s.name] = -1
		case "keep":
			maxAge[s.name] = 1
		case "save", "store save":
			saved(s.name)
		case "save all":
			for name, how := range how {
				if how == "get" {
					saved(name)
				}
			}
		case "again":
			if s.what = how[s.name]; s.what == "hand" || s.what == "new" && (!began[s.name] || removed[s.name]) {
				continue
			}
			if s.what == "new" {
				maxAge[s.name] = 1
			}
		}
		steps = append(steps, s)
	}
	return steps
}

func pick[T any](rnd *rand.Rand, from ...T) T { return from[rnd.IntN(len(from))] }

// play does the steps in a visit, and returns what they have answered.
func play(b *browser, steps []step) (answers []string) {
	b.visit(func(w http.ResponseWriter, r *http.Request) {
		open := map[string]*sessions.Session{}
		for _, s := range steps {
			session, answer := open[s.name], any(nil)
			var err error
			switch s.what {
			case "get":
				before := session
				session, err = b.store.Get(r, s.name)
				answer = before == session
			case "new":
				session, err = b.store.New(r, s.name)
			case "hand":
				session = sessions.NewSession(b.store, s.name)
				session.Options.MaxAge = 60
			case "set":
				session.Values[s.key] = s.value
			case "delete":
				delete(session.Values, s.key)
			case "in place":
				if list, ok := session.Values[s.key].([]any); ok {
					list[0] = s.value
				}
			case "add flash":
				session.AddFlash(s.value, s.flash...)
			case "flashes":
				answer = session.Flashes(s.flash...)
			case "remove":
				session.Options.MaxAge = -1
			case "keep":
				session.Options.MaxAge = 60
			case "save":
				err = session.Save(r, w)
			case "store save":
				err = b.store.Save(r, w, session)
			case "save all":
				err = sessions.Save(r, w)
			}
			open[s.name] = session
			answers = append(answers, fmt.Sprintf("%s %s: %#v, error %v, new %v, id %v, %q %v, %#v, %#v", s.what, s.name, answer, err,
				session.IsNew, session.ID != "", session.Name(), session.Store() != nil, *session.Options, session.Values))
		}
	})
	return answers
}

// The bridge answers as gorilla's own store does, where one request comes after the other.
func TestLockStep(t *testing.T) {
	none := func(next http.Handler) http.Handler { return next }
	done := map[string]int{}
	for seed := range uint64(20) {
		files := sessions.NewFilesystemStore(t.TempDir(), []byte("0123456789abcdef0123456789abcdef"))
		files.MaxLength(0)
		theirs, ours := newSiteOf(t, files, none).browser(), newSite(t).browser()
		rnd, there := rand.New(rand.NewPCG(seed, 1)), map[string]bool{} // the same sequence each time
		for visit := range 25 {
			steps := script(rnd, there)
			want, got := play(theirs, steps), play(ours, steps)
			for i, s := range steps {
				done[s.what]++
				if want[i] != got[i] {
					t.Fatalf("seed %d, visit %d, after %v:\nwant %s\ngot  %s", seed, visit, steps[:i], want[i], got[i])
				}
			}
		}
	}
	t.Log(done)
	for _, what := range []string{
		"get", "new", "hand", "set", "delete", "in place", "add flash", "flashes", "remove", "keep", "save", "store save", "save all",
	} {
		if done[what] < 100 {
			t.Errorf("%s: done %d times only", what, done[what])
		}
	}
}
