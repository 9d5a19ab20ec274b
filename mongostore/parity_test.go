package mongostore_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/mongostore"
)

// These tests are the table "What koa-atomic-session had" of docs/mongodb.md, row by row.

func newSessions(t *testing.T, opts *atomicsession.Options) *atomicsession.Manager {
	t.Helper()
	sessions, err := atomicsession.New(mongostore.New(collection(t), nil), opts)
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

func TestParityCommands(t *testing.T) {
	type item = map[string]any
	two, minusThree := 2, -3
	st := newSite(t, newSessions(t, nil))
	for _, row := range []struct {
		koa    string // what one wrote there, or the operator it passed through
		before string
		change []atomicsession.Change
		after  string
	}{
		{"session.set('a', 'b')", `{}`, []atomicsession.Change{atomicsession.Set("a", "b")}, `{"a":"b"}`},
		{"session.unset('a')", `{"a":1,"b":2}`, []atomicsession.Change{atomicsession.Unset("a")}, `{"b":2}`},
		{"session.set('a', 'b').unset('c').push('d', 1)", `{"c":1}`, []atomicsession.Change{
			atomicsession.Set("a", "b"), atomicsession.Unset("c"), atomicsession.Push("d", 1),
		}, `{"a":"b","d":[1]}`},
		{"session.inc('n', 2)", `{"n":1}`, []atomicsession.Change{atomicsession.Inc("n", 2)}, `{"n":3}`},
		{"session.rename('a', 'b')", `{"a":1}`, []atomicsession.Change{atomicsession.Rename("a", "b")}, `{"b":1}`},
		{"session.push('l', 2)", `{"l":[1]}`, []atomicsession.Change{atomicsession.Push("l", 2)}, `{"l":[1,2]}`},
		{"session.pushAll('l', [2, 3])", `{"l":[1]}`, []atomicsession.Change{atomicsession.Push("l", 2, 3)}, `{"l":[1,2,3]}`},
		{"session.addToSet('l', 1)", `{"l":[1]}`, []atomicsession.Change{atomicsession.AddToSet("l", 1, 2)}, `{"l":[1,2]}`},
		{"session.pop('l', 1)", `{"l":[1,2,3]}`, []atomicsession.Change{atomicsession.Pop("l")}, `{"l":[1,2]}`},
		{"session.pop('l', -1)", `{"l":[1,2,3]}`, []atomicsession.Change{atomicsession.PopFirst("l")}, `{"l":[2,3]}`},
		{"session.pull('l', 2)", `{"l":[1,2,3]}`, []atomicsession.Change{
			atomicsession.Pull("l", atomicsession.Eq("", 2)),
		}, `{"l":[1,3]}`},
		{"session.pull('l', {qty: {$lt: 1}})", `{"l":[{"qty":0},{"qty":1}]}`, []atomicsession.Change{
			atomicsession.Pull("l", atomicsession.Lt("qty", 1)),
		}, `{"l":[{"qty":1}]}`},
		{"session.pullAll('l', [1, 3])", `{"l":[1,2,3]}`, []atomicsession.Change{atomicsession.PullAll("l", 1, 3)}, `{"l":[2]}`},
		{"$push with $position, $slice and $sort", `{"l":[{"n":3},{"n":1}]}`, []atomicsession.Change{
			atomicsession.PushWith("l", atomicsession.PushOptions{
				Position: &two, Slice: &minusThree,
				Sort: atomicsession.Ascending, SortBy: "n",
			}, item{"n": 2}, item{"n": 0}),
		}, `{"l":[{"n":1},{"n":2},{"n":3}]}`},
		{"$mul", `{"n":4}`, []atomicsession.Change{atomicsession.Mul("n", 3)}, `{"n":12}`},
		{"$min", `{"n":4}`, []atomicsession.Change{atomicsession.Min("n", 3)}, `{"n":3}`},
		{"$max", `{"n":4}`, []atomicsession.Change{atomicsession.Max("n", 5)}, `{"n":5}`},
		{"$bit", `{"n":5}`, []atomicsession.Change{atomicsession.BitAnd("n", 4)}, `{"n":4}`},
		{"$setOnInsert", `{"a":1}`, []atomicsession.Change{
			atomicsession.SetIfAbsent("a", 2), atomicsession.SetIfAbsent("b", 2),
		}, `{"a":1,"b":2}`},
		{"dotted paths", `{"a":{"l":[{"n":1}]}}`, []atomicsession.Change{atomicsession.Inc("a.l.0.n", 1)}, `{"a":{"l":[{"n":2}]}}`},
	} {
		t.Run(row.koa, func(t *testing.T) {
			st.t = t
			st.visit(func(ctx context.Context, s *atomicsession.Session) {
				var changes []atomicsession.Change
				for name, v := range doc(row.before).All() {
					changes = append(changes, atomicsession.Set(name, v))
				}
				if err := s.Regenerate(ctx, changes...); err != nil {
					t.Fatal(err)
				}
			})
			st.change(row.change...)
			if got := st.document(); got != row.after {
				t.Errorf("%s is now %s, want %s", row.before, got, row.after)
			}
		})
	}
}

func TestParityCurrentDate(t *testing.T) {
	st := newSite(t, newSessions(t, &atomicsession.Options{Now: func() time.Time { return now }}))
	st.change(atomicsession.CurrentDate("at"))
	if got, want := st.document(), `{"at":{"$date":"`+now.Format("2006-01-02T15:04:05.000Z")+`"}}`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// "key - cookie key", "maxAge - default to 14 days", "maxAge: '1 month'".
func TestParityOptions(t *testing.T) {
	month, err := atomicsession.ParseDuration("1 month")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		opts   atomicsession.Options
		name   string
		maxAge time.Duration
	}{
		{atomicsession.Options{}, "__Host-session", 14 * 24 * time.Hour},
		{atomicsession.Options{Cookie: atomicsession.CookieOptions{Name: "koa.sid"}, MaxAge: month}, "koa.sid", month},
	} {
		resp := newSite(t, newSessions(t, &tt.opts)).change(atomicsession.Set("a", 1))
		c := resp.Cookies()
		if len(c) != 1 || c[0].Name != tt.name {
			t.Errorf("cookies are %v, want %s", c, tt.name)
			continue
		}
		// whole seconds of what is left when the response is written
		if left := time.Duration(c[0].MaxAge) * time.Second; left > tt.maxAge || left < tt.maxAge-time.Minute {
			t.Errorf("the cookie %s lives for %v, want %v", tt.name, left, tt.maxAge)
		}
	}
}

// "Don't grab the session from the database unless necessary."
func TestParityLazy(t *testing.T) {
	var m monitor
	sessions, err := atomicsession.New(mongostore.New(collection(t, m.options()), nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	st := newSite(t, sessions)
	resp := st.visit(func(context.Context, *atomicsession.Session) {})
	if names := m.take(); len(names) > 0 || len(resp.Cookies()) > 0 {
		t.Errorf("a request that does not use the session sends %v and gets %v", names, resp.Cookies())
	}
	st.change(atomicsession.Set("a", 1))
	m.take()
	st.change(atomicsession.Inc("a", 1))
	if names := m.take(); !slices.Equal(names, []string{"findAndModify"}) {
		t.Errorf("an update sends %v", names)
	}
}

// "session.set('message', 'hello').then(session.update)", and session.touch().
func TestParityUpdateAndTouch(t *testing.T) {
	clock := now
	var m monitor
	sessions, err := atomicsession.New(mongostore.New(collection(t, m.options()), nil),
		&atomicsession.Options{Now: func() time.Time { return clock }})
	if err != nil {
		t.Fatal(err)
	}
	st := newSite(t, sessions)
	st.change(atomicsession.Set("other", 1))
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		m.take()
		if err := s.Set(ctx, "message", "hello"); err != nil {
			t.Error(err)
		}
		if v, ok, err := s.Get(ctx, "message"); v != "hello" || !ok || err != nil {
			t.Errorf("message is %v, %v, %v", v, ok, err)
		}
		if names := m.take(); !slices.Equal(names, []string{"findAndModify"}) {
			t.Errorf("a change and a look at it send %v", names)
		}
		if err := s.Refresh(ctx); err != nil {
			t.Error(err)
		}
		if v, ok, err := s.Get(ctx, "other"); v != int64(1) || !ok || err != nil {
			t.Errorf("other is %v, %v, %v", v, ok, err)
		}
	})
	clock = clock.Add(24 * time.Hour)
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Touch(ctx); err != nil {
			t.Error(err)
		}
		if info, ok, err := s.Info(ctx); !ok || err != nil || !info.Expires.Equal(clock.Add(14*24*time.Hour)) {
			t.Errorf("%v, %v, %v", info, ok, err)
		}
	})
}

// "Destroys the session without creating a new one", and "Creates a brand new session".
func TestParityDestroyAndRegenerate(t *testing.T) {
	coll := collection(t)
	sessions, err := atomicsession.New(mongostore.New(coll, nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	st := newSite(t, sessions)
	count := func() int64 {
		n, err := coll.CountDocuments(t.Context(), bson.D{})
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	st.change(atomicsession.Set("a", 1))
	old := st.cookie().Value
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Regenerate(ctx, atomicsession.Set("b", 2)); err != nil {
			t.Error(err)
		}
	})
	if got := st.document(); got != `{"b":2}` || st.cookie().Value == old || count() != 1 {
		t.Errorf("regenerated: %s, %d sessions", got, count())
	}
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Destroy(ctx); err != nil {
			t.Error(err)
		}
	})
	if got := st.document(); got != `{}` || count() != 0 {
		t.Errorf("destroyed: %s, %d sessions", got, count())
	}
}

// "session.createCSRF()", "session.assertCSRF(csrf)".
func TestParityCSRF(t *testing.T) {
	st := newSite(t, newSessions(t, nil))
	var token string
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		var err error
		if token, err = s.CSRFToken(ctx); err != nil {
			t.Error(err)
		}
	})
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.VerifyCSRF(ctx, token); err != nil {
			t.Error(err)
		}
		if err := s.VerifyCSRF(ctx, token+"x"); err == nil {
			t.Error("a wrong token is accepted")
		}
	})
}

// "asynchronously attach the collection; you should not start the app until you do this".
func TestParityAttach(t *testing.T) {
	sessions, err := atomicsession.New(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	st := newSite(t, sessions)
	st.visit(func(ctx context.Context, s *atomicsession.Session) {
		if err := s.Set(ctx, "a", 1); !errors.Is(err, atomicsession.ErrNoStore) {
			t.Errorf("without a collection: %v", err)
		}
	})
	store := mongostore.New(collection(t), nil)
	if err := errors.Join(store.EnsureIndexes(t.Context()), sessions.Attach(store)); err != nil {
		t.Fatal(err)
	}
	st.change(atomicsession.Set("a", 1))
	if got := st.document(); got != `{"a":1}` {
		t.Errorf("with a collection: %s", got)
	}
}

// Signed cookies whose keys change.
func TestParitySignedCookies(t *testing.T) {
	store := mongostore.New(collection(t), nil)
	key := func(b byte) atomicsession.SigningKey { return slices.Repeat([]byte{b}, 32) }
	with := func(keys ...atomicsession.SigningKey) *site {
		sessions, err := atomicsession.New(store, &atomicsession.Options{SigningKeys: keys})
		if err != nil {
			t.Fatal(err)
		}
		return newSite(t, sessions)
	}
	before := with(key(1))
	before.change(atomicsession.Set("a", 1))
	for _, tt := range []struct {
		after *site
		want  string
	}{
		{with(key(2), key(1)), `{"a":1}`},
		{with(key(2)), `{}`},
	} {
		u, err := url.Parse(tt.after.server.URL)
		if err != nil {
			t.Fatal(err)
		}
		c := before.cookie()
		c.Secure, c.Path = true, "/"
		tt.after.browser.Jar.SetCookies(u, []*http.Cookie{c})
		if got := tt.after.document(); got != tt.want {
			t.Errorf("after the change of keys: %s, want %s", got, tt.want)
		}
	}
}
