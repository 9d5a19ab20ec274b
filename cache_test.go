package atomicsession_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

func TestCacheHeaders(t *testing.T) {
	begin := func(cc ...string) handler {
		return func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			w.Header()["Cache-Control"] = cc
			w.Header().Set("Vary", "Accept")
			_ = s.Update(r.Context(), atomicsession.Path("a").Set(1))
		}
	}
	read := func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		w.Header().Set("Cache-Control", "public, max-age=60")
		_, _, _ = atomicsession.Path("a").Get(r.Context(), s)
	}
	readBare := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		_, _, _ = atomicsession.Path("a").Get(r.Context(), s)
	}
	readExpires := func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		w.Header().Set("Expires", "Mon, 23 Nov 2026 12:00:00 GMT")
		_, _, _ = atomicsession.Path("a").Get(r.Context(), s)
	}
	unused := func(w http.ResponseWriter, _ *http.Request, _ *atomicsession.Session) {
		w.Header().Set("Cache-Control", "public, max-age=60")
	}
	for _, c := range []struct {
		name         string
		h            handler
		cacheControl string
		vary         string
	}{
		{"new cookie", begin(), "no-store", "Accept, Cookie"},
		{"new cookie on a public page", begin("public, max-age=60"), "no-store", "Accept, Cookie"},
		{"new cookie on a private page", begin("Private, max-age=60"), "no-store", "Accept, Cookie"},
		{"new cookie on a no-store page", begin("no-cache, No-Store"), "no-cache, No-Store", "Accept, Cookie"},
		{"two headers", begin("max-age=60", "No-Store"), "max-age=60, No-Store", "Accept, Cookie"},
		{"used on a public page", read, "public, max-age=60", "Cookie"},
		{"used", readBare, "private, no-cache", "Cookie"},
		{"used on a page that expires", readExpires, "", "Cookie"},
		{"unused", unused, "public, max-age=60", ""},
	} {
		resp := newSite(t, nil).browser().visit(c.h)
		if got := strings.Join(resp.Header.Values("Cache-Control"), ", "); got != c.cacheControl {
			t.Errorf("%s: Cache-Control is %q, want %q", c.name, got, c.cacheControl)
		}
		if got := strings.Join(resp.Header.Values("Vary"), ", "); got != c.vary {
			t.Errorf("%s: Vary is %q, want %q", c.name, got, c.vary)
		}
	}
}

// With NoStoreSignedIn no browser keeps a page that a signed-in session took part in, whatever the handler says.
func TestNoStoreSignedIn(t *testing.T) {
	const (
		stranger  = "stranger"
		anonymous = "anonymous"
		member    = "signed in"
		noStore   = "no-store"
		private   = "private, no-cache"
	)
	set := update(atomicsession.Path("b").Set(1))
	for _, c := range []struct {
		name string
		who  string
		say  string // Cache-Control of the handler's
		f    []call
		with string // the option
		less string // without it
	}{
		{"read", member, "", []call{get("a")}, noStore, private},
		{"Info", member, "", []call{info}, noStore, private},
		{"update", member, "", []call{set}, noStore, private},
		{"Take", member, "", []call{take("a")}, noStore, private},
		{"Touch", member, "", []call{touch}, noStore, private},
		{"Peek", member, "", []call{peek}, noStore, private},
		{"CSRFToken", member, "", []call{csrfToken}, noStore, private},
		{"read, max-age", member, "max-age=600", []call{get("a")}, noStore, "max-age=600"},
		{"update, public", member, "public, max-age=600", []call{set}, noStore, "public, max-age=600"},
		{"read, no-store in another word", member, "no-store, max-age=0", []call{get("a")}, "no-store, max-age=0", "no-store, max-age=0"},
		{"Renew", member, "max-age=600", []call{renew()}, noStore, noStore},
		{"sign-out by Destroy", member, "", []call{destroy}, noStore, noStore},
		{"sign-out by Reset", member, "", []call{reset()}, noStore, noStore},
		{"unused", member, "", nil, "", ""},
		{"unused, max-age", member, "max-age=600", nil, "max-age=600", "max-age=600"},
		{"read", anonymous, "", []call{get("a")}, private, private},
		{"update, max-age", anonymous, "max-age=600", []call{set}, "max-age=600", "max-age=600"},
		{"sign-in", anonymous, "max-age=600", []call{renew(atomicsession.User("ann"))}, noStore, noStore},
		{"read", stranger, "max-age=600", []call{get("a")}, "max-age=600", "max-age=600"},
		{"read", stranger, "", []call{get("a")}, private, private},
	} {
		for option, want := range map[bool]string{true: c.with, false: c.less} {
			t.Run(c.name+"/"+c.who, func(t *testing.T) {
				site := newSite(t, &atomicsession.Options{NoStoreSignedIn: option})
				b := site.browser()
				switch c.who {
				case member:
					b = signedIn(t, site, "ann", 1)[0]
				case anonymous:
					b.must(atomicsession.Path("a").Set(1))
				}
				resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					if c.say != "" {
						w.Header().Set("Cache-Control", c.say)
					}
					for _, f := range c.f {
						if err := f(r.Context(), s); err != nil {
							t.Error(err)
						}
					}
				})
				if got := resp.Header.Get("Cache-Control"); got != want {
					t.Errorf("with the option %v: Cache-Control is %q, want %q", option, got, want)
				}
			})
		}
	}
}

// Headers that intermediaries obey more than Cache-Control do not bring back what must not be stored.
func TestNoStoreBeatsHeadersForIntermediaries(t *testing.T) {
	stronger := []string{
		"Surrogate-Control", "CDN-Cache-Control", "Cloudflare-CDN-Cache-Control", "Vercel-CDN-Cache-Control", "netlify-cdn-cache-control",
		"X-Accel-Expires", "Edge-Control", "X-LiteSpeed-Cache-Control",
	}
	for _, c := range []struct {
		name, say string
		f         call
		kept      bool
	}{
		{"sets the cookie", "", renew(), false},
		{"sets the cookie, no-store by the handler", "no-store", renew(), false},
		{"reads", "", get("a"), true}, // what the handler says of an ordinary page is its own affair
		{"no session", "", nil, true},
	} {
		b := newSite(t, nil).browser()
		b.must(atomicsession.Path("a").Set(1))
		resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			for _, name := range stronger {
				w.Header()[name] = []string{"max-age=600"} // as it is written, which Set would make canonical
			}
			w.Header().Set("CDN-Cache-Tag", "page")
			if c.say != "" {
				w.Header().Set("Cache-Control", c.say)
			}
			if c.f != nil {
				_ = c.f(r.Context(), s)
			}
		})
		for _, name := range stronger {
			if kept := resp.Header.Get(name) != ""; kept != c.kept {
				t.Errorf("%s: %s was kept: %v", c.name, name, kept)
			}
		}
		if resp.Header.Get("CDN-Cache-Tag") == "" {
			t.Errorf("%s: a header that decides nothing is gone", c.name)
		}
	}
}

// A page may have been made of what the session said before it ended.
func TestNoStoreOfASessionThatEndsMeanwhile(t *testing.T) {
	site := newSite(t, &atomicsession.Options{NoStoreSignedIn: true, MaxAge: time.Hour})
	b := signedIn(t, site, "ann", 1)[0]
	resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		w.Header().Set("Cache-Control", "max-age=600")
		_ = info(r.Context(), s)
		site.clock.advance(time.Hour)
		_ = touch(r.Context(), s)
	})
	if got := resp.Header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control is %q", got)
	}
}
