package atomicsession_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// readAs reads the value at path as a T, by Get and by Take, and returns both errors.
func readAs[T any](b *browser, path string) (get, take error) {
	key := atomicsession.NewKey[T](path)
	get = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := key.Get(ctx, s)
		return err
	})
	take = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := key.Take(ctx, s)
		return err
	})
	return get, take
}

type line struct {
	Qty  int       `json:"qty"`
	Due  time.Time `json:"due"`
	Code nullID    `json:"code"`
}

// A mismatch says where it is, what is there and what was to be there, never the value; which is with the caller.
func TestTypeError(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	for _, c := range []struct {
		value  any
		read   func(*browser, string) (get, take error)
		field  string
		stored driver.Kind
		typ    reflect.Type
		text   string
	}{
		{"treasure", readAs[int], "", driver.String, reflect.TypeFor[int](), "a stored string does not fit type int"},
		{[]any{1, "treasure"}, readAs[[]int], "1", driver.String, reflect.TypeFor[int](), `field "1": a stored string does not fit type int`},
		{
			map[string]any{"lines": []any{map[string]any{"qty": "treasure"}}},
			readAs[struct{ Lines []line }],
			"lines.0.qty", driver.String, reflect.TypeFor[int](), `field "lines.0.qty": a stored string does not fit type int`,
		},
		{
			map[string]any{"due": "treasure"},
			readAs[*line], "due", driver.String, reflect.TypeFor[time.Time](),
			`field "due": a stored string does not fit type time.Time`,
		},
		{
			map[string]any{"code": []int64{2718281828}},
			readAs[line], "code", driver.Array, reflect.TypeFor[string](),
			`field "code": a stored array does not fit type string`,
		},
		{
			atomicsession.JSON[any]{Value: map[string]any{"a.b": "treasure"}},
			readAs[map[string]bool], "a.b", driver.String, reflect.TypeFor[bool](),
			`field "a.b": a stored string does not fit type bool`,
		},
		{
			atomicsession.JSON[any]{Value: "treasure"},
			readAs[atomicsession.JSON[int]], "", driver.String, reflect.TypeFor[int](),
			"a stored string does not fit type int",
		},
		{"treasure", readAs[driver.Doc], "", driver.String, reflect.TypeFor[driver.Doc](), "a stored string does not fit type driver.Doc"},
		{nil, readAs[bool], "", driver.Null, reflect.TypeFor[bool](), "a stored null does not fit type bool"},
		{map[string]any{"a": "treasure"}, readAs[struct{}], "", driver.Object, reflect.TypeFor[struct{}](), "a stored object does not fit type struct {}"},
	} {
		b.must(atomicsession.Path("x.value").Set(c.value))
		var before driver.Doc
		_ = b.do(func(ctx context.Context, s *atomicsession.Session) (err error) {
			before, err = s.Document(ctx)
			return err
		})
		site.store.took()
		get, take := c.read(b, "x.value")
		wantCalls(t, site.store, "load", "update")
		for op, err := range map[string]error{"get": get, "take": take} {
			var e *atomicsession.TypeError
			if !errors.As(err, &e) || !errors.Is(err, atomicsession.ErrType) || atomicsession.StatusCode(err) != 500 {
				t.Errorf("%s: %s failed with %v", c.text, op, err)
				continue
			}
			got := []any{e.Path, e.Field, e.Stored, e.Type}
			if want := []any{"x.value", c.field, c.stored, c.typ}; !reflect.DeepEqual(got, want) {
				t.Errorf("%s: the error has %v, want %v", op, got, want)
			}
			if !driver.Identical(e.Value, before.Lookup("x.value")) {
				t.Errorf("%s: the error has not got the value", op)
			}
			if want := fmt.Sprintf(`session %s: %s "x.value": wrong type: %s`, op, op, c.text); err.Error() != want {
				t.Errorf("the text is %q, want %q", err, want)
			}
			wantSecretive(t, err)
			wantSecretive(t, e)
		}
		b.wantDocument(`{"x":{}}`)
	}
}

// wantSecretive fails if err can be made to print a value in one of the usual ways, or more than one line.
func wantSecretive(t *testing.T, err error) {
	t.Helper()
	var log bytes.Buffer
	for _, h := range []slog.Handler{slog.NewTextHandler(&log, nil), slog.NewJSONHandler(&log, nil)} {
		slog.New(h).Error("x", "error", err, "errors", []error{err}, "map", map[string]any{"error": err})
	}
	text, marshalErr := json.Marshal([]any{err})
	fmt.Fprintf(&log, "%v %+v %#v %s %q %x %v %s", err, err, err, err, err, []error{err}, marshalErr, text)
	for _, secret := range []string{"treasure", fmt.Sprintf("%x", "treasure"), "2718281828"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the value is printed: %s", &log)
		}
	}
	if strings.ContainsAny(err.Error(), "\n\r") {
		t.Errorf("more than one line: %q", err)
	}
}

// What an application's unmarshaler has answered can be asked for, but it is not part of the text.
func TestTypeErrorMatchesItsCause(t *testing.T) {
	b := newSite(t, nil).browser()
	b.must(atomicsession.Path("a").Set("treasure"))
	err, _ := readAs[date](b, "a")
	var cause *time.ParseError
	if !errors.As(err, &cause) || cause.Value != "treasure" {
		t.Errorf("the cause of %v is lost", err)
	}
	wantSecretive(t, err)
}

// A type that nothing stored can fit is refused before the store is asked, by reads and by writes.
func TestTypesThatNothingFits(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set(map[string]any{"b": 1}))
	site.store.took()
	type hollow struct{ b int } //nolint:unused // what it is tested for
	for i, read := range []func(*browser, string) (get, take error){
		readAs[hollow], readAs[*hollow], readAs[[]hollow], readAs[map[string]hollow], readAs[chan int], readAs[func()], readAs[complex128],
		readAs[fmt.Stringer], readAs[[]error], readAs[map[float64]int], readAs[atomicsession.JSON[hollow]], readAs[atomicsession.JSON[chan int]],
	} {
		get, take := read(b, "a")
		for _, err := range []error{get, take} {
			var e *atomicsession.TypeError
			if !errors.As(err, &e) || e.Stored != driver.Missing || e.Path != "a" || !errors.Is(err, atomicsession.ErrType) || atomicsession.StatusCode(err) != 500 {
				t.Errorf("%d: %v", i, err)
			}
			wantSecretive(t, err)
		}
	}
	for _, c := range []atomicsession.Change{
		atomicsession.NewKey[fmt.Stringer]("a").Set(time.Now()), atomicsession.NewKey[fmt.Stringer]("a").SetIfAbsent(time.Now()),
		atomicsession.NewKey[fmt.Stringer]("a").Min(time.Now()), atomicsession.NewKey[fmt.Stringer]("a").Max(time.Now()),
		atomicsession.NewList[error]("a").Push(nil), atomicsession.NewList[error]("a").AddToSet(nil), atomicsession.NewKey[[]chan int]("a").Set(nil),
		atomicsession.Path("a").Set(hollow{}), atomicsession.Path("a").Set([]chan int{}), atomicsession.Path("a").Set((*hollow)(nil)),
	} {
		if err := b.update(c); !errors.Is(err, atomicsession.ErrValue) || atomicsession.StatusCode(err) != 500 {
			t.Errorf("a change: %v", err)
		}
	}
	wantCalls(t, site.store)
	b.wantDocument(`{"a":{"b":1}}`)
}

// Take never writes a second time: the value is where the error says.
func TestTakeWritesOnce(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("a").Set("x"), atomicsession.Path("n").Set(1))
	site.store.took()
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		_, _, err := atomicsession.NewKey[int]("a").Take(ctx, s, atomicsession.Path("n").Inc(1))
		var e *atomicsession.TypeError
		if !errors.As(err, &e) {
			return err
		}
		return s.Update(ctx, atomicsession.Path("old").Set(e.Value)) // the application decides
	})
	if err != nil {
		t.Error(err)
	}
	wantCalls(t, site.store, "update", "update")
	b.wantDocument(`{"n":2,"old":"x"}`)
}

// A value of an old format counts as absent if the application says so.
func TestLenient(t *testing.T) {
	var log bytes.Buffer
	site := newSite(t, &atomicsession.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	b := site.browser()
	b.must(atomicsession.Path("flash").Set("treasure"), atomicsession.Path("n").Set(1))
	flash := atomicsession.NewKey[[]string]("flash").Lenient()
	if flash.Path() != "flash" {
		t.Errorf("the path is %q", flash.Path())
	}
	err := b.do(func(ctx context.Context, s *atomicsession.Session) error {
		if got, ok, err := flash.Get(ctx, s); got != nil || ok || err != nil {
			t.Errorf("got %v, %v, %v", got, ok, err)
		}
		if got, ok, err := flash.Take(ctx, s, atomicsession.Path("n").Inc(1)); got != nil || ok || err != nil {
			t.Errorf("took %v, %v, %v", got, ok, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	b.wantDocument(`{"n":2}`)
	if n := strings.Count(log.String(), "\n"); n != 1 || strings.Contains(log.String(), "treasure") {
		t.Errorf("the log is %s", &log)
	}
	// It is no way to read what nothing fits, and what fits is read.
	b.must(flash.Set([]string{"saved"}), atomicsession.Path("c").Set(1))
	err = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		if got, ok, err := flash.Take(ctx, s); !slices.Equal(got, []string{"saved"}) || !ok || err != nil {
			t.Errorf("took %v, %v, %v", got, ok, err)
		}
		_, _, err := atomicsession.NewKey[chan int]("c").Lenient().Take(ctx, s)
		return err
	})
	if !errors.Is(err, atomicsession.ErrType) {
		t.Errorf("got %v", err)
	}
	b.wantDocument(`{"c":1,"n":2}`)
}

// The log is told once of each path, with both types and without the value.
func TestUnreadableValuesAreLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	var reported int
	site := newSite(t, &atomicsession.Options{
		Logger:  slog.New(slog.NewTextHandler(&log, nil)),
		OnError: func(context.Context, error) { reported++ },
	})
	for range 3 {
		b := site.browser()
		b.must(atomicsession.Path("cart").Set(map[string]any{"qty": "treasure"}), atomicsession.Path("n").Set("treasure"))
		_, _ = readAs[line](b, "cart")
		_, _ = readAs[int](b, "n")
	}
	got := log.String()
	for _, want := range []string{
		`level=ERROR msg="session value does not fit its type" path=cart field=qty stored=string type=int`,
		`path=n field="" stored=string type=int`,
	} {
		if strings.Count(got, want) != 1 {
			t.Errorf("the log is %s, want one line with %s", got, want)
		}
	}
	if strings.Count(got, "level=ERROR") != 2 || strings.Contains(got, "treasure") || reported != 0 {
		t.Errorf("%d reports, and the log is %s", reported, got)
	}
	// What it remembers is bounded, since paths may come from users.
	err := site.browser().do(func(ctx context.Context, s *atomicsession.Session) error {
		for i := range 50 {
			var changes []atomicsession.Change
			for j := range 30 {
				changes = append(changes, atomicsession.Path(fmt.Sprintf("p%d", 30*i+j)).Set("x"))
			}
			if err := s.Update(ctx, changes...); err != nil {
				return err
			}
			for j := range 30 {
				if _, _, err := atomicsession.NewKey[int](fmt.Sprintf("p%d", 30*i+j)).Get(ctx, s); !errors.Is(err, atomicsession.ErrType) {
					return err
				}
			}
		}
		return nil
	})
	if n := strings.Count(log.String(), "level=ERROR"); err != nil || n != 1000 {
		t.Errorf("%d lines, %v", n, err)
	}
}
