package scsbridge_test

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2"
	scsmemstore "github.com/alexedwards/scs/v2/memstore"

	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/memstore"
)

// A new method of scs must find its place in the test.
func TestLockStepKnowsAllMethods(t *testing.T) {
	typ := reflect.TypeFor[*scs.SessionManager]()
	for m := range typ.Methods() {
		if calls[m.Name] == nil && !slices.Contains(methodsByRequest, m.Name) {
			t.Errorf("no test calls %s", m.Name)
		}
	}
}

// sequences is how many there are with each configuration.
const sequences = 25

// One visitor after the other cannot tell the bridge from scs alone.
func TestLockStep(t *testing.T) {
	t.Parallel()
	for name, configure := range map[string]func(*scs.SessionManager){
		"default":      func(*scs.SessionManager) {},
		"idle timeout": func(sm *scs.SessionManager) { sm.IdleTimeout = 20 * time.Minute },
		"hashed":       func(sm *scs.SessionManager) { sm.HashTokenInStore = true },
		"both":         func(sm *scs.SessionManager) { sm.HashTokenInStore, sm.IdleTimeout = true, 20*time.Minute },
		"not persistent": func(sm *scs.SessionManager) {
			sm.Cookie.Persist, sm.Lifetime = false, time.Hour
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sides := [2]*side{{sm: scs.New()}, {sm: scs.New()}}
			for _, s := range sides {
				configure(s.sm)
				s.sm.ErrorFunc = func(_ http.ResponseWriter, _ *http.Request, err error) { s.err = err }
			}
			for seed := range uint64(sequences) {
				sides[0].sm.Store = scsmemstore.NewWithCleanupInterval(0)
				scsbridge.Use(sides[1].sm, memstore.New(nil), nil)
				for _, s := range sides {
					s.tokens = []string{"", "no token of ours", "id:AAAAAAAAAAAAAAAAAAAAAA"}
				}
				synctest.Test(t, func(t *testing.T) { lockStep(t, sides, rand.New(rand.NewPCG(seed, 0))) })
				if t.Failed() {
					t.Fatalf("seed %d", seed)
				}
			}
		})
	}
}

type step struct {
	method string
	args
}

func lockStep(t *testing.T, sides [2]*side, r *rand.Rand) {
	names := slices.Sorted(maps.Keys(calls))
	names = append(names, "Put", "Put", "Put", "Put", "Put", "Commit", "RenewToken") // the more the merrier
	for range 25 {
		visitor := r.IntN(len(sides[0].tokens))
		var steps []step
		for range 1 + r.IntN(7) {
			steps = append(steps, step{names[r.IntN(len(names))], randomArgs(r, len(sides[0].tokens))})
		}
		if alone := slices.IndexFunc(steps, func(s step) bool { return s.method == "Load" || s.method == "Iterate" }); alone >= 0 {
			visitor, steps = 0, steps[alone:alone+1] // else two requests at once had one session, which is another matter
		} else if r.IntN(20) == 0 { // the last, since scs has a session that was committed as dead come back
			a := randomArgs(r, 1)
			a.d = -a.d
			steps = append(steps, step{"SetDeadline", a})
		}
		var results [2][]any
		for i, s := range sides {
			results[i] = s.request(visitor, steps)
		}
		if !reflect.DeepEqual(results[0], results[1]) {
			for _, step := range steps {
				t.Logf("%s(%q)", step.method, step.key)
			}
			for i := range min(len(results[0]), len(results[1])) {
				if !reflect.DeepEqual(results[0][i], results[1][i]) {
					t.Errorf("%d: scs: %#v\nbridge: %#v", i, results[0][i], results[1][i])
				}
			}
			t.Errorf("%d and %d results, errors %v and %v", len(results[0]), len(results[1]), sides[0].err, sides[1].err)
			return
		}
		time.Sleep(time.Duration(r.Int64N(int64(40 * time.Minute))))
	}
}

// request has a visitor make a request whose handler makes the steps, and returns all that can be seen of it.
func (s *side) request(visitor int, steps []step) (results []any) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/", nil)
	r.AddCookie(&http.Cookie{Name: s.sm.Cookie.Name, Value: s.tokens[visitor]})
	s.w, s.err = w, nil
	s.sm.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		for _, step := range steps {
			results = append(results, calls[step.method](s, r.Context(), step.args))
		}
	})).ServeHTTP(w, r)
	token := ""
	for _, c := range w.Result().Cookies() {
		token, c.Value = c.Value, s.place(c.Value)
		c.Raw = ""
		results = append(results, *c)
	}
	if token != "" && !slices.Contains(s.tokens, token) {
		s.tokens = append(s.tokens, token)
	}
	results = append(results, w.Header().Values("Cache-Control"), s.err != nil)
	for i, token := range s.tokens[1:] {
		ctx, err := s.sm.Load(context.Background(), token)
		if err != nil {
			return append(results, err)
		}
		held := []any{i, s.sm.Token(ctx) != "", s.sm.Deadline(ctx).UTC(), s.sm.Status(ctx)}
		for _, key := range s.sm.Keys(ctx) {
			held = append(held, key, s.sm.Get(ctx, key))
		}
		results = append(results, held)
	}
	return results
}
