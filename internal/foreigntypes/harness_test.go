package foreigntypes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// row is a type, and what the library does with it.
type row interface {
	goType() reflect.Type
	refused() bool
	check(t *testing.T, m *atomicsession.Manager)
}

// kept is a row for a type whose values come back.
type kept[T any] struct {
	values  []T
	equal   func(a, b T) bool
	invalid []T // values of the type that must be refused, since they would not come back
}

// of is the row for a type whose zero value and whose values vs come back.
func of[T any](vs ...T) *kept[T] { return nonzero(append(make([]T, 1), vs...)...) }

// nonzero is of for a type that gives no zero value back, in encoding/json either.
func nonzero[T any](vs ...T) *kept[T] { return &kept[T]{values: vs, equal: same[T]} }

// by sets what equal values are, where it is not what [same] says. Two nil pointers always are.
func (k *kept[T]) by(equal func(a, b T) bool) *kept[T] {
	k.equal = func(a, b T) bool {
		if v, w := reflect.ValueOf(&a).Elem(), reflect.ValueOf(&b).Elem(); v.Kind() == reflect.Pointer && (v.IsNil() || w.IsNil()) {
			return v.IsNil() && w.IsNil()
		}
		return equal(a, b)
	}
	return k
}

// but adds values that the library must refuse.
func (k *kept[T]) but(invalid ...T) *kept[T] { k.invalid = invalid; return k }

func (k *kept[T]) goType() reflect.Type { return reflect.TypeFor[T]() }
func (k *kept[T]) refused() bool        { return false }

// field holds a value in a field of a struct.
type field[T any] struct{ V T }

func (k *kept[T]) check(t *testing.T, m *atomicsession.Manager) {
	alone, list := atomicsession.NewKey[T]("alone"), atomicsession.NewList[T]("list")
	inStruct := atomicsession.NewKey[field[T]]("field")
	equalFields := func(a, b field[T]) bool { return k.equal(a.V, b.V) }
	for _, v := range k.values {
		comesBack(t, m, "alone", alone, alone.Set(v), v, k.equal)
		comesBack(t, m, "in a struct", inStruct, inStruct.Set(field[T]{v}), field[T]{v}, equalFields)
	}
	equalLists := func(as, bs []T) bool {
		for i := range min(len(as), len(bs)) {
			if !k.equal(as[i], bs[i]) {
				return false
			}
		}
		return len(as) == len(bs)
	}
	comesBack(t, m, "in a list", list.Key, list.Set(k.values), k.values, equalLists)
	comesBack(t, m, "pushed onto a list", list.Key, list.Push(k.values...), k.values, equalLists)
	for _, v := range k.invalid {
		wantRefused(t, m, v)
	}
}

// comesBack proves that the value which set puts into a new session is there in the request that follows, and for Take in
// the next one.
func comesBack[T any](
	t *testing.T, m *atomicsession.Manager, where string,
	key atomicsession.Key[T], set atomicsession.Change, want T, equal func(a, b T) bool,
) {
	t.Helper()
	var v visitor
	var err error
	v.request(m, func(ctx context.Context, s *atomicsession.Session) { err = s.Update(ctx, set) })
	if err != nil {
		t.Errorf("%s: set %+v: %v", where, want, err)
		return
	}
	get := func(name string, read func(context.Context, *atomicsession.Session) (T, bool, error)) {
		t.Helper()
		v.request(m, func(ctx context.Context, s *atomicsession.Session) {
			if got, ok, err := read(ctx, s); err != nil || !ok || !equal(got, want) {
				doc, _ := s.Document(ctx)
				t.Errorf("%s: %s: got %+v, %t, %v, want %+v; the document is %s", where, name, got, ok, err, want, doc)
			}
		})
	}
	get("get", key.Get)
	get("take", func(ctx context.Context, s *atomicsession.Session) (T, bool, error) { return key.Take(ctx, s) })
}

// refusal is a row for a type that the library refuses.
type refusal[T any] struct {
	why string
	v   T
}

// refused is the row for a type of which v, and any other value that holds something, must be refused, with the reason.
func refused[T any](why string, v T) row { return refusal[T]{why, v} }

func (r refusal[T]) goType() reflect.Type { return reflect.TypeFor[T]() }
func (r refusal[T]) refused() bool        { return true }

func (r refusal[T]) check(t *testing.T, m *atomicsession.Manager) {
	wantRefused(t, m, r.v)
	if t.Failed() {
		t.Log("want it refused because", r.why)
	}
}

func wantRefused[T any](t *testing.T, m *atomicsession.Manager, v T) {
	t.Helper()
	list := atomicsession.NewList[T]("list")
	for where, change := range map[string]atomicsession.Change{
		"alone":              atomicsession.NewKey[T]("alone").Set(v),
		"in a struct":        atomicsession.NewKey[field[T]]("field").Set(field[T]{v}),
		"in a list":          list.Set([]T{v}),
		"pushed onto a list": list.Push(v),
	} {
		var err error
		new(visitor).request(m, func(ctx context.Context, s *atomicsession.Session) { err = s.Update(ctx, change) })
		if !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: set %+v: error is %v, want ErrValue", where, v, err)
		}
	}
}

// visitor is a browser with its cookie.
type visitor struct{ cookies []*http.Cookie }

// request runs f within a request, without a server.
func (v *visitor) request(m *atomicsession.Manager, f func(context.Context, *atomicsession.Session)) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	m.Middleware(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		f(r.Context(), m.Get(r.Context()))
	})).ServeHTTP(w, r)
	if set := w.Result().Cookies(); len(set) > 0 {
		v.cookies = set
	}
}
