package gorillabridge_test

import (
	"encoding/gob"
	"fmt"
	"maps"
	"math"
	"net/http"
	"reflect"
	"testing"
	"time"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
)

type user struct {
	Name  string
	Roles []string
}

type keyType int

type place struct{ X, Y int }

type secret struct{ V string } // not registered

// printed, formatted and linked do not print what they are.
type (
	printed   struct{ V string }
	formatted struct{ V string }
	linked    struct{ P *int }
)

func (printed) GoString() string             { return "printed" }
func (formatted) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte("formatted")) }

// unwritable and unreadable panic when they are written and read.
type (
	unwritable struct{ V string }
	unreadable struct{ V string }
)

func (u unwritable) GobEncode() ([]byte, error) { panic(u.V + "\n") }
func (*unwritable) GobDecode([]byte) error      { return nil }
func (u unreadable) GobEncode() ([]byte, error) { return []byte(u.V), nil }
func (*unreadable) GobDecode(b []byte) error    { panic(string(b) + "\n") }

func init() {
	gob.Register(user{})
	gob.Register(keyType(0))
	gob.Register(place{})
	gob.Register(printed{})
	gob.Register(formatted{})
	gob.Register(linked{})
	gob.Register(unwritable{})
	gob.Register(unreadable{})
	gob.Register(time.Time{})
	gob.Register(map[string]any{})
}

// everyKind returns values of all kinds, under keys of all kinds.
func everyKind() map[any]any {
	return map[any]any{
		"text": "plain", "gzip": "\x1f\x8b\xff\x00", "": "no name", "a.b": 1, "$set": 2, "%41": 3, "0": 4, "%id": "own", "%gx": "own",
		"ümlaut": true, "float": 1.5, "whole": 3.0, "nan": math.Inf(1), "bytes": []byte{1, 0}, "int64": int64(5), "uint8": uint8(6),
		"time": time.Date(2026, 1, 2, 3, 4, 5, 678901234, time.UTC), "user": user{"Ann", []string{"admin"}},
		"map": map[string]any{"a": 1, "b": []any{"c"}}, "_flash": []any{"one", user{Name: "Bob"}},
		1: "int", int64(1): "int64", keyType(1): "named", place{1, 2}: "struct", true: "bool", 1.5: "float",
	}
}

// What is saved comes back with the Go type it had.
func TestValues(t *testing.T) {
	b, want := newSite(t).browser(), everyKind()
	b.must("auth", func(s *sessions.Session) {
		maps.Copy(s.Values, want)
	})
	if got := b.values("auth"); !reflect.DeepEqual(got, want) {
		t.Errorf("saved %v\nfound %v", want, got)
	}
	for key := range want { // one after the other
		b.must("auth", func(s *sessions.Session) { delete(s.Values, key) })
	}
	if got := b.values("auth"); len(got) != 0 {
		t.Errorf("removed everything, but found %v", got)
	}
}

// Native keys read and change what gorilla's have saved, and the other way round.
func TestNativeKeys(t *testing.T) {
	b := newSite(t).browser()
	id, list := atomicsession.NewKey[int]("auth.user_id"), atomicsession.NewList[string]("auth.orders")
	b.must("auth", set("user_id", 42))
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		s := b.sessions.Get(r.Context())
		if v, ok, err := id.Get(r.Context(), s); v != 42 || !ok || err != nil {
			t.Error(v, ok, err)
		}
		if err := s.Update(r.Context(), id.Set(43), list.Push("tea"), atomicsession.Path("new.x").Set("y")); err != nil {
			t.Error(err)
		}
	})
	if got := b.values("auth"); !reflect.DeepEqual(got, map[any]any{"user_id": 43}) {
		t.Errorf("found %v", got)
	}
	b.must("new", set("z", 1))
	if got := b.values("new"); !reflect.DeepEqual(got, map[any]any{"x": "y", "z": 1}) {
		t.Errorf("found %v", got)
	}
	b.must("auth", set("other", 1))
	b.visit(func(_ http.ResponseWriter, r *http.Request) {
		if v, ok, err := list.Get(r.Context(), b.sessions.Get(r.Context())); len(v) != 1 || !ok || err != nil {
			t.Error(v, ok, err)
		}
	})
}
