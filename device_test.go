package atomicsession_test

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// from is a request with a User-Agent.
func (b *browser) from(agent string, do call) (err error) {
	b.site.t.Helper()
	b.send(http.MethodGet, func(r *http.Request) { r.Header.Set("User-Agent", agent) }, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		err = do(r.Context(), s)
	})
	return err
}

// The device is noted at the sign-in, and with the touch that a read makes anyway: there is no write more.
func TestDevice(t *testing.T) {
	city := "Paris"
	site := newSite(t, &atomicsession.Options{MaxAge: 24 * time.Hour, TouchInterval: time.Hour, Device: func(*http.Request) map[string]string {
		if city == "" {
			return nil
		}
		return map[string]string{"city": city}
	}})
	b := site.browser()
	device := func(agent, city string) {
		t.Helper()
		list, err := site.sessions.UserSessions(t.Context(), "ann")
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		if list[0].UserAgent != agent || list[0].Device["city"] != city || (len(list[0].Device) == 0) != (city == "") {
			t.Errorf("the device is %q with %v, want %q in %q", list[0].UserAgent, list[0].Device, agent, city)
		}
	}
	if err := b.from("one", update(atomicsession.Path("a").Set(1))); err != nil {
		t.Fatal(err)
	}
	if info, _ := b.info(); info.UserAgent != "" || info.Device != nil {
		t.Errorf("of nobody's device %+v is noted", info)
	}
	if err := b.from("two", renew(atomicsession.User("ann"))); err != nil {
		t.Fatal(err)
	}
	device("two", "Paris")
	city = "Rome"
	for range 3 {
		site.clock.advance(30 * time.Minute)
		site.store.took()
		if err := b.from("three", document); err != nil {
			t.Fatal(err)
		}
	}
	device("three", "Rome")
	site.store.took()
	site.clock.advance(time.Hour)
	if err := b.from("three", document); err != nil {
		t.Fatal(err)
	}
	wantCalls(t, site.store, "load", "update")
	city = ""
	site.clock.advance(time.Hour)
	if err := b.from("", document); err != nil { // some requests have none
		t.Fatal(err)
	}
	device("three", "")
	if err := b.from("four", update(atomicsession.Path("a").Inc(1))); err != nil {
		t.Fatal(err)
	}
	device("three", "") // an update knows nothing of what is noted
	if err := b.from("five", reset(atomicsession.User("ann"))); err != nil {
		t.Fatal(err)
	}
	device("five", "")
}

// Whatever a browser or the application says, it is bounded, and never in the way of a sign-in.
func TestDeviceIsBounded(t *testing.T) {
	say := map[string]string{}
	site := newSite(t, &atomicsession.Options{Device: func(*http.Request) map[string]string { return say }, Limits: atomicsession.Limits{Size: 100}})
	full := atomicsession.Path("a").Set(strings.Repeat("x", 97))
	for agent, want := range map[string]string{
		"":                              "Go-http-client/1.1",
		"a\tb":                          "ab",
		"\xff\xfe Firefox":              " Firefox",
		strings.Repeat("é", 300):        strings.Repeat("é", 128),
		strings.Repeat("é", 127) + "x€": strings.Repeat("é", 127) + "x",
	} {
		for _, much := range []int{1, 200, 300, 100_000} {
			say = map[string]string{"much": strings.Repeat("<", much)}
			b := site.browser()
			b.must(full)
			do := renew(atomicsession.User("ann"), atomicsession.Label(strings.Repeat("l", 256)), atomicsession.AuthenticatedBy(strings.Repeat("m", 128)))
			prepare := func(r *http.Request) {
				if agent != "" {
					r.Header["User-Agent"] = []string{agent}
				}
			}
			var err error
			b.send(http.MethodGet, prepare, func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) { err = do(r.Context(), s) })
			if err != nil {
				t.Fatalf("a full session, a device of %d bytes: %v", much, err)
			}
			info := firstInfo(t, b)
			if info.UserAgent != want {
				t.Errorf("the User-Agent %q is noted as %q", agent, info.UserAgent)
			}
			r, err := site.store.Store.Load(t.Context(), site.clock.now(), driver.UserKey(info.ID, "ann"))
			size := 0
			for name, text := range r.Attrs {
				size += len(name) + len(text)
			}
			if err != nil || size > driver.MaxAttrs {
				t.Errorf("%d bytes of attributes, %v", size, err)
			}
		}
	}
}

// No path reaches what is noted of a session, whatever is written at it.
func FuzzAttributesOutOfReach(f *testing.F) {
	for _, path := range []string{"label", "agent", "attrs", "$attrs", "attrs.label", "authenticated", "$authenticated", "$user", "user", "a.$attrs", "0", "", "$"} {
		f.Add(path, "text")
	}
	f.Fuzz(func(t *testing.T, path, text string) {
		store := newStore()
		m := newManager(t, store, nil)
		var id atomicsession.ID
		err := request(t, m, "", func(ctx context.Context, s *atomicsession.Session) error {
			err := s.Renew(ctx, atomicsession.User("ann"), atomicsession.AuthenticatedBy("pwd"), atomicsession.Label("laptop"))
			info, _, infoErr := s.Info(ctx)
			id = info.ID
			return errors.Join(err, infoErr)
		})
		if err != nil {
			t.Fatal(err)
		}
		before, err := store.Store.Load(t.Context(), time.Now(), driver.UserKey(id, "ann"))
		if err != nil {
			t.Fatal(err)
		}
		p := atomicsession.Path(path)
		for _, c := range []atomicsession.Change{
			p.Set(text), p.Set(map[string]any{"label": text}), p.Unset(), p.Push(text), p.Rename(atomicsession.Path("x")), atomicsession.Path("y").Rename(p),
			atomicsession.InOrder(p.Set(text), p.Unset()), atomicsession.If(p.Eq("laptop")),
		} {
			_ = m.UpdateSession(t.Context(), "ann", id, c) // some are refused
		}
		if err := m.UpdateSession(t.Context(), "ann", id, atomicsession.If(p.Eq("laptop"))); err == nil && text != "laptop" {
			t.Errorf("a condition on %q sees the label", path)
		}
		after, err := store.Store.Load(t.Context(), time.Now(), driver.UserKey(id, "ann"))
		if err != nil || !maps.Equal(before.Attrs, after.Attrs) || !before.Authenticated.Equal(after.Authenticated) || before.Meta != after.Meta {
			t.Errorf("%q has changed what is noted: %+v, %v; it was %+v", path, after, err, before)
		}
	})
}
