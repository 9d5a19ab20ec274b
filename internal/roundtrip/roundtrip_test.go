package roundtrip

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strconv"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// seed returns that of the run, which ROUNDTRIP_SEED may say.
func seed(t *testing.T) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("ROUNDTRIP_SEED"), 10, 64)
	if err != nil {
		n = rand.Uint64()
	}
	t.Logf("ROUNDTRIP_SEED=%d", n)
	return n
}

const (
	batch     = 50 // values in one update
	typeDepth = 5
)

// sample is a value on its way through a session.
type sample struct {
	v    reflect.Value
	set  atomicsession.Change
	path string // where it is to be found
}

// check sends count random values of random types through a session that store keeps. What Set takes must come back equal, and
// what it refuses must be refused as what it is, and for a reason.
func check(t *testing.T, store driver.Store, count int) {
	t.Helper()
	sessions, err := atomicsession.New(store, nil)
	if err != nil {
		t.Fatal(err)
	}
	v := &visitor{t: t, sessions: sessions}
	g := newGenerator(seed(t))
	refused := 0
	var samples []sample
	for range count {
		s := g.sample(len(samples))
		if validate(s.v) == nil {
			samples = append(samples, s)
		} else {
			refused++
			v.wantRefused(s)
			if !mayBeRefused(s.v) {
				t.Errorf("refused without a reason: %v: %s: %#v", validate(s.v), s.v.Type(), s.v)
			}
		}
		if len(samples) == batch {
			v.roundTrip(samples)
			samples = nil
		}
		if t.Failed() {
			return // one is enough to read
		}
	}
	v.roundTrip(samples)
	t.Logf("%d values, of which %d were refused", count, refused)
	if refused*10 > count*4 {
		t.Errorf("%d of %d values were refused", refused, count)
	}
}

// sample returns a value, and a way into the session that the i-th of an update can take.
func (g *generator) sample(i int) sample {
	v := g.value(g.typ(typeDepth))
	switch x := v.Interface(); g.IntN(4) {
	case 0:
		path := fmt.Sprintf("o.v%d", i)
		return sample{v, atomicsession.Path(path).Set(x), path}
	case 1:
		path := fmt.Sprintf("l%d", i)
		newest := atomicsession.PushOptions{Position: new(int), Slice: new(1)}
		return sample{v, atomicsession.Path(path).PushWith(newest, x), path + ".0"}
	default:
		path := fmt.Sprintf("v%d", i)
		return sample{v, atomicsession.Path(path).Set(x), path}
	}
}

// validate says whether Set will take v, so that one value does not spoil an update of many.
func validate(v reflect.Value) error {
	value, err := govalue.Encode(v.Interface())
	if err != nil {
		return err
	}
	u := driver.Update{Ops: []driver.Op{driver.Set{Path: "o.v", Value: value}}}
	return u.Validate()
}

// visitor keeps the cookie of a session.
type visitor struct {
	t        *testing.T
	sessions *atomicsession.Manager
	cookie   *http.Cookie
}

// visit runs f within a request.
func (v *visitor) visit(f func(context.Context, *atomicsession.Session) error) (err error) {
	r, w := httptest.NewRequest(http.MethodGet, "/", nil), httptest.NewRecorder()
	if v.cookie != nil {
		r.AddCookie(v.cookie)
	}
	v.sessions.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		err = f(r.Context(), v.sessions.Get(r.Context()))
	})).ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		v.cookie = &http.Cookie{Name: c.Name, Value: c.Value}
	}
	return err
}

func (v *visitor) wantRefused(s sample) {
	v.t.Helper()
	err := v.visit(func(ctx context.Context, session *atomicsession.Session) error { return session.Update(ctx, s.set) })
	if !errors.Is(err, atomicsession.ErrValue) && !errors.Is(err, atomicsession.ErrTooLarge) {
		v.t.Errorf("%#v of type %s is refused with %v", s.v, s.v.Type(), err)
	}
}

// roundTrip sets the samples in one request, and reads them in another.
func (v *visitor) roundTrip(samples []sample) {
	v.t.Helper()
	err := v.visit(func(ctx context.Context, session *atomicsession.Session) error {
		changes := make([]atomicsession.Change, len(samples))
		for i, s := range samples {
			changes[i] = s.set
		}
		return session.Update(ctx, changes...)
	})
	if err != nil {
		v.t.Fatal(err)
	}
	err = v.visit(func(ctx context.Context, session *atomicsession.Session) error {
		for _, s := range samples {
			stored, ok, err := atomicsession.NewKey[driver.Value](s.path).Get(ctx, session)
			if err != nil || !ok {
				return fmt.Errorf("%s: %v, %w", s.path, ok, err)
			}
			got := reflect.New(s.v.Type()).Elem()
			if err := govalue.Decode(stored, got.Addr().Interface()); err != nil {
				v.t.Errorf("%#v of type %s was stored as %s and is unreadable: %v", s.v, s.v.Type(), stored.Text(), err)
			} else if d := difference(s.v, got); d != "" {
				v.t.Errorf("%s%s (stored as %s)", s.v.Type(), d, stored.Text())
			}
		}
		return nil
	})
	if err != nil {
		v.t.Fatal(err)
	}
}
