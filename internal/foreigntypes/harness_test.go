package foreigntypes

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/internal/govalue"
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
	equalFields := func(a, b field[T]) bool { return k.equal(a.V, b.V) }
	for _, v := range k.values {
		alone := at(atomicsession.NewKey[T]("a").Set(v), v, k.equal)
		alone.read["get"] = func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
			v, ok, err := atomicsession.NewKey[T]("a").Get(ctx, s)
			return &v, ok, err
		}
		alone.read["take"] = func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
			v, ok, err := atomicsession.NewKey[T]("a").Take(ctx, s)
			return &v, ok, err
		}
		alone.comesBack(t, m, "alone")
		at(atomicsession.Path("a").Set(field[T]{v}), field[T]{v}, equalFields).comesBack(t, m, "in a struct")
	}
	equalLists := func(as, bs []T) bool { return slices.EqualFunc(as, bs, k.equal) }
	at(atomicsession.Path("a").Set(k.values), k.values, equalLists).comesBack(t, m, "in a list")
	at(atomicsession.Path("a").Push(anys(k.values)...), k.values, equalLists).comesBack(t, m, "pushed onto a list")
	for _, v := range k.invalid {
		refusalOf(v).check(t, m)
	}
}

func anys[T any](vs []T) []any {
	list := make([]any, len(vs))
	for i, v := range vs {
		list[i] = v
	}
	return list
}

// place is where a value goes, at the path "a", and comes back from. It knows no type: what does is compiled once for each of them, and
// of a typed key all methods are.
type place struct {
	set   atomicsession.Change
	want  any // a pointer, like what read returns
	equal func(a, b any) bool
	read  map[string]func(context.Context, *atomicsession.Session) (any, bool, error)
}

// at reads what is stored as a key would; see internal/govalue.
func at[T any](set atomicsession.Change, want T, equal func(a, b T) bool) place {
	stored := func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
		doc, err := s.Document(ctx)
		if err != nil {
			return new(T), false, err
		}
		v := new(T)
		return v, true, govalue.Decode(doc.Get("a"), v)
	}
	return place{
		set, &want, func(a, b any) bool { return equal(*a.(*T), *b.(*T)) },
		map[string]func(context.Context, *atomicsession.Session) (any, bool, error){"decode": stored},
	}
}

// comesBack proves that the value which set puts into a new session is there in the requests that follow, to Take in the last one.
func (p place) comesBack(t *testing.T, m *atomicsession.Manager, where string) {
	t.Helper()
	var v visitor
	var err error
	want := reflect.ValueOf(p.want).Elem()
	v.request(m, func(ctx context.Context, s *atomicsession.Session) { err = s.Update(ctx, p.set) })
	if err != nil {
		t.Errorf("%s: set %+v: %v", where, want, err)
		return
	}
	get := func(name string, read func(context.Context, *atomicsession.Session) (any, bool, error)) {
		t.Helper()
		v.request(m, func(ctx context.Context, s *atomicsession.Session) {
			if got, ok, err := read(ctx, s); err != nil || !ok || !p.equal(got, p.want) {
				doc, _ := s.Document(ctx)
				t.Errorf("%s: %s: got %+v, %t, %v, want %+v; the document is %s", where, name, reflect.ValueOf(got).Elem(), ok, err, want, doc)
			}
		})
	}
	for _, name := range []string{"decode", "get", "take"} {
		if read := p.read[name]; read != nil {
			get(name, read)
		}
	}
}

// refusal is a row for a type that the library refuses, or for a value of one that it takes.
type refusal struct {
	why     string
	of      reflect.Type
	v       any
	changes map[string]atomicsession.Change
}

// refused is the row for a type of which v, and any other value that holds something, must be refused, with the reason.
func refused[T any](why string, v T) row {
	r := refusalOf(v)
	r.why = why
	return r
}

func refusalOf[T any](v T) refusal {
	return refusal{of: reflect.TypeFor[T](), v: v, changes: map[string]atomicsession.Change{
		"alone":              atomicsession.NewKey[T]("alone").Set(v),
		"in a struct":        atomicsession.Path("field").Set(field[T]{v}),
		"in a list":          atomicsession.Path("list").Set([]T{v}),
		"pushed onto a list": atomicsession.Path("list").Push(v),
	}}
}

func (r refusal) goType() reflect.Type { return r.of }
func (r refusal) refused() bool        { return true }

func (r refusal) check(t *testing.T, m *atomicsession.Manager) {
	t.Helper()
	for where, change := range r.changes {
		var err error
		new(visitor).request(m, func(ctx context.Context, s *atomicsession.Session) { err = s.Update(ctx, change) })
		if !errors.Is(err, atomicsession.ErrValue) {
			t.Errorf("%s: set %+v: error is %v, want ErrValue (%s)", where, r.v, err, r.why)
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
