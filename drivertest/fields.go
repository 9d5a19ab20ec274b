package drivertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var fieldsCases = []testCase{
	{"names", "a read of one field must find it whatever its name is, and nothing else in its place", fieldsByName},
	{"many", "a page that reads much of a large session must get all that it has asked for, and no more", fieldsOfMany},
	{"no use", "what only looks must neither keep a session alive nor change it", fieldsUnused},
	{"arguments", "a caller may use its names again, and change what it was given", fieldsArguments},
	{"context", "a request that is over must not wait, and say that it was cancelled", fieldsCancelled},
	{"race", "what one look returns is of one moment: a page must not show one user the data of another", raceFields},
}

func (e *env) fields(i int) driver.FieldLoader { return e.client(i).(driver.FieldLoader) }

// load is Load. Of a store that can load single fields it expects the same of that, but for the fields that are not asked for.
func (e *env) load(s driver.Store, now time.Time, k driver.Key) (driver.Record, error) {
	e.Helper()
	r, err := s.Load(e.ctx, now, k)
	if fields, ok := s.(driver.FieldLoader); ok {
		e.loadsPart(fields, now, k, e.someNames(r.Data), r, err)
	}
	return r, err
}

// loadsPart expects LoadFields to return what of want has the names, and the error.
func (e *env) loadsPart(s driver.FieldLoader, now time.Time, k driver.Key, names []string, want driver.Record, wantErr error) {
	e.Helper()
	got, err := s.LoadFields(e.ctx, now, k, names)
	want.Data = want.Data.Only(names)
	if diff := diffErrors(err, wantErr) + diffRecords(got, want); diff != "" {
		e.Errorf("LoadFields %.200q:%s", names, diff)
	}
}

// someNames returns, in turns, none, every other one of those in a document with one that is not, and all of them.
func (e *env) someNames(d driver.Doc) (names []string) {
	turn := e.looks.Add(1) % 3
	if turn == 0 {
		return nil
	}
	for name := range d.All() {
		names = append(names, name)
	}
	if turn == 1 {
		every := names
		names = []string{"no such field"}
		for i := 0; i < len(every); i += 2 {
			names = append(names, every[i])
		}
		slices.Sort(names)
	}
	return names[:min(len(names), driver.MaxFields)]
}

func fieldsByName(e *env) {
	var all driver.Doc
	names := []string{"no such field"}
	for i, name := range someFieldNames {
		names = append(names, name)
		if i%2 == 0 { // the others are near names that are there
			all = all.With(name, driver.IntValue(int64(i)))
		}
	}
	all = all.With("nested", driver.ObjectValue(all))
	slices.Sort(names)
	s := e.create(all)
	for i, name := range names {
		e.loadsPart(e.fields(i), e.now, s.key, []string{name}, s.want, nil)
	}
	for part := range slices.Chunk(names, 20) {
		e.loadsPart(e.fields(len(part)), e.now, s.key, part, s.want, nil)
	}
	e.loadsPart(e.fields(0), e.now, s.key, nil, s.want, nil)
	e.loadsPart(e.fields(1), e.now, s.key, []string{}, s.want, nil)
}

func fieldsOfMany(e *env) {
	var d driver.Doc
	list := someValues()
	for i := range 5 * driver.MaxFields {
		d = d.With(fmt.Sprintf("f%04d", i), list[i%len(list)])
	}
	s := e.create(d)
	var names []string
	for i := range driver.MaxFields {
		names = append(names, fmt.Sprintf("f%04d", 7*i)) // the last of them are not there
	}
	for i := range 2 {
		e.loadsPart(e.fields(i), e.now, s.key, names, s.want, nil)
		e.loadsPart(e.fields(i), e.now, s.key, names[i:i+1], s.want, nil)
	}
	s.update(e.now, &driver.Update{Ops: []driver.Op{set("f0000", `"new"`), unset("f0007")}})
	e.loadsPart(e.fields(0), e.now, s.key, names, s.want, nil)

	empty := e.create(driver.Doc{})
	e.loadsPart(e.fields(0), e.now, empty.key, names, empty.want, nil)
}

func fieldsUnused(e *env) {
	s := e.create(doc(`{"a":1,"b":[2]}`))
	for i, names := range [][]string{nil, {"a"}, {"c"}, {"a", "b"}} {
		e.loadsPart(e.fields(i), e.after(time.Hour), s.key, names, s.want, nil)
		s.check(e.now)
	}
}

func fieldsArguments(e *env) {
	s := e.create(doc(`{"a":1,"b":2}`))
	s.update(e.now, &driver.Update{Attrs: driver.Attrs{"label": "Firefox"}})
	names := []string{"a", "b", "c"}
	for i := range 2 {
		r, err := e.fields(i).LoadFields(e.ctx, e.now, s.key, names[:2])
		e.ok(err)
		if !slices.Equal(names, []string{"a", "b", "c"}) {
			e.Fatalf("LoadFields has made %q of its names", names)
		}
		r.Attrs["label"] = "changed"
		names[1] = "changed"
		if diff := diffDocs(r.Data, s.want.Data); diff != "" {
			e.Errorf("after the names were changed:%s", diff)
		}
		names[1] = "b"
		s.check(e.now)
	}
}

func fieldsCancelled(e *env) {
	s := e.create(doc(`{"a":1}`))
	cancelled, cancel := context.WithCancel(e.ctx)
	cancel()
	for i := range 2 {
		_, err := e.fields(i).LoadFields(cancelled, e.now, s.key, []string{"a"})
		if !errors.Is(err, cancelled.Err()) {
			e.Errorf("LoadFields: error is %v, want one that matches %q", err, cancelled.Err())
		}
		_, err = e.fields(i).LoadFields(e.ctx, e.now, s.key, []string{"a"})
		e.fails("LoadFields once more", err, nil)
	}
}

// raceFields has the session change hands again and again, each time with all that is in it, while others look at a part.
func raceFields(e *env) {
	s := e.create(doc(`{"a":"","b":{"c":""},"other":"x"}`))
	k := func(user string) driver.Key { return driver.UserKey(s.key.ID, user) }
	users := []string{"ann", "bob", "cho"}
	moves := func(to string) *driver.Update {
		name := driver.StringValue(to)
		ops := []driver.Op{driver.Set{Path: "a", Value: name}, driver.Set{Path: "b.c", Value: name}}
		return &driver.Update{User: &to, Attrs: driver.Attrs{"label": to}, Ops: ops}
	}
	s.update(e.now, moves(users[0]))
	parallel(workers, func(i int) {
		for round := range 4 * rounds {
			if i == 0 {
				from, to := users[round%len(users)], users[(round+1)%len(users)]
				if _, err := e.client(round).Update(e.ctx, e.now, k(from), moves(to)); err != nil {
					e.Errorf("from %s to %s: %v", from, to, err)
				}
				continue
			}
			key := s.key
			if user := users[i%len(users)]; i%4 == 0 {
				key = k(user)
			}
			r, err := e.fields(i).LoadFields(e.ctx, e.now, key, []string{"a", "b"})
			switch {
			case key.ByUser && sameError(err, driver.ErrNotFound): // it is another one's at the moment
			case err != nil:
				e.Errorf("LoadFields: %v", err)
			case key.ByUser && r.User != key.User, r.Attrs["label"] != r.User,
				r.Data.Get("a").Str() != r.User, r.Data.Lookup("b.c").Str() != r.User, r.Data.Len() != 2:
				e.Errorf("a session of %q has the label %q and %s", r.User, r.Attrs["label"], r.Data.Text())
			}
		}
	})
}
