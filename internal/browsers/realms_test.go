package browsers

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/atomicsession/atomicsession"
)

// realms has the administration of the site, whose realm is another one, and a copy of the site over plain HTTP use the same store,
// and presents the tokens of each to the others.
func (w *world) realms() {
	admin, plain := w.config, w.config
	admin.Now, plain.Now = w.servers[0].now, w.servers[0].now
	admin.Realm, admin.MaxAge = "admin", 2*time.Minute
	plain.Cookie = atomicsession.CookieOptions{Name: "session", InsecureHTTP: true}
	sites := []struct {
		name string
		*atomicsession.Manager
		cookie, value string
	}{
		{"the administration", w.manager(&admin), w.name, ""},
		{"plain HTTP", w.manager(&plain), "session", ""},
		{"the site", w.servers[0].Manager, w.name, ""},
	}
	for i := range sites {
		s := &sites[i]
		resp := once(s.Manager, s.cookie, "", func(s *atomicsession.Session) error {
			return s.Renew(ctx, atomicsession.User("root"), atomicsession.Path("cart").Set(1))
		})
		s.value = resp.Cookies()[0].Value
	}
	b := pick(w, w.browsers...)
	if st, _ := w.status(b.token(), w.servers[0].now()); st == live && w.chance(50) {
		sites[2].value = b.jar.value(w.name, w.domain)
		w.tally.happened("a visitor's token in another realm")
	}
	for _, from := range sites {
		for _, to := range sites {
			rule, want := 6, atomicsession.ErrNotFound
			if from.name == to.name {
				rule, want = 1, nil
			}
			once(to.Manager, to.cookie, from.value, func(s *atomicsession.Session) error {
				err := s.Peek(ctx)
				user, _ := s.User(ctx)
				if !errors.Is(err, want) || want != nil && user != "" {
					w.violated(rule, "a token of %s, presented to %s, is of %q, %v", from.name, to.name, user, err)
				}
				if from.name != to.name && user == "" {
					return s.Update(ctx, atomicsession.Path("cart").Set(2))
				}
				return nil
			})
		}
	}
	for _, s := range sites { // what the others have done has changed nothing
		if s.value == b.jar.value(w.name, w.domain) {
			continue // a read may extend it, which the ledger would not know
		}
		once(s.Manager, s.cookie, s.value, func(session *atomicsession.Session) error {
			if n, _, err := atomicsession.Path("cart").Get(ctx, session); n != int64(1) || err != nil {
				w.violated(6, "the session of %s holds %v, %v", s.name, n, err)
			}
			return nil
		})
	}
	w.tally.happened("tokens of other realms")
}

// once does something in a request with one cookie.
func once(m *atomicsession.Manager, name, value string, f func(*atomicsession.Session) error) *http.Response {
	r, answer := httptest.NewRequest(http.MethodGet, "https://"+host+"/", nil), httptest.NewRecorder()
	if value != "" {
		r.Header.Set("Cookie", name+"="+value)
	}
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := f(m.Get(r.Context())); err != nil {
			panic(err) // the store is in memory and has room
		}
	})).ServeHTTP(answer, r)
	return answer.Result()
}

// strangersToken is one that another deployment has signed, for a session of its own.
func (w *world) strangersToken() string {
	opts := w.config
	opts.SigningKeys, opts.Now = []atomicsession.SigningKey{strangersKey}, w.servers[0].now
	resp := once(w.manager(&opts), w.name, "", func(s *atomicsession.Session) error { return s.Update(ctx, atomicsession.Path("a").Set(1)) })
	return resp.Cookies()[0].Value
}

// isStray reports whether the site's own browsers know the value as one of the neighbor's.
func (r *request) isStray(value string) bool {
	return r.browser != nil && r.browser.jar.value(r.w.name, parent) == value
}
