package atomicsession_test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// takers take a flash message in every way there is.
var takers = map[string]func(ctx context.Context, s *atomicsession.Session) (any, bool, error){
	"untyped": func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
		return atomicsession.Path("flash").Take(ctx, s)
	},
	"key": func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
		return atomicsession.NewKey[string]("flash").Take(ctx, s)
	},
	"lenient key": func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
		return atomicsession.NewKey[string]("flash").Lenient().Take(ctx, s)
	},
	"with another change": func(ctx context.Context, s *atomicsession.Session) (any, bool, error) {
		return atomicsession.Path("flash").Take(ctx, s, atomicsession.Path("shown").Inc(1))
	},
}

func TestPrefetchTakesNothing(t *testing.T) {
	for _, c := range []struct {
		header, value string
		prefetch      bool
	}{
		{"Sec-Purpose", "prefetch", true},
		{"Sec-Purpose", "prefetch;prerender", true},
		{"Sec-Purpose", "prefetch; prerender", true},
		{"Sec-Purpose", "prefetch;anonymous-client-ip", true},
		{"Sec-Purpose", "Prefetch", true},
		{"Purpose", "prefetch", true},
		{"X-Purpose", "preview", true},
		{"X-Moz", "prefetch", true},
		{"Sec-Purpose", "", false},
		{"Sec-Purpose", "navigation", false},
		{"Sec-Purpose", "prefetched", false},
		{"Sec-Fetch-Dest", "prefetch", false},
	} {
		for how, take := range takers {
			for _, option := range []bool{true, false} {
				t.Run(c.header+" "+c.value+"/"+how, func(t *testing.T) {
					site := newSite(t, &atomicsession.Options{PrefetchTakesNothing: option})
					b := site.browser()
					b.must(atomicsession.Path("flash").Set("saved"), atomicsession.Path("shown").Set(0))
					site.store.took()
					left := option && c.prefetch
					resp := b.send(http.MethodGet, func(r *http.Request) { r.Header.Set(c.header, c.value) },
						func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
							v, ok, err := take(r.Context(), s)
							if ok == left || !left != (v == "saved") || err != nil {
								t.Errorf("with the option %v: took %v, %v, %v", option, v, ok, err)
							}
						})
					if left {
						wantCalls(t, site.store)
					} else {
						wantCalls(t, site.store, "update")
					}
					// The answer depends on the session in either case, and no cache may give it to another visitor.
					if h := resp.Header; h.Get("Vary") != "Cookie" || h.Get("Cache-Control") != "private, no-cache" {
						t.Errorf("the header is %v", h)
					}
					switch {
					case left:
						b.wantDocument(`{"flash":"saved","shown":0}`)
					case how == "with another change":
						b.wantDocument(`{"shown":1}`)
					default:
						b.wantDocument(`{"shown":0}`)
					}
					var v any
					var ok bool
					err := b.do(func(ctx context.Context, s *atomicsession.Session) (err error) { v, ok, err = take(ctx, s); return err })
					if ok != left || left && v != "saved" || err != nil {
						t.Errorf("the page that is seen took %v, %v, %v", v, ok, err)
					}
				})
			}
		}
	}
}

// A prefetch is no reason to hide a mistake: paths, changes and the middleware are checked as ever.
func TestPrefetchHidesNoMistake(t *testing.T) {
	site := newSite(t, &atomicsession.Options{PrefetchTakesNothing: true})
	site.browser().send(http.MethodGet, func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") },
		func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			for name, c := range map[string]struct {
				do   call
				want error
			}{
				"path": {take("$a"), atomicsession.ErrPath},
				"type": {func(ctx context.Context, s *atomicsession.Session) error {
					_, _, err := atomicsession.NewKey[chan int]("a").Take(ctx, s)
					return err
				}, atomicsession.ErrType},
				"conflict": {func(ctx context.Context, s *atomicsession.Session) error {
					_, _, err := atomicsession.Path("a").Take(ctx, s, atomicsession.Path("a").Set(1))
					return err
				}, atomicsession.ErrConflict},
				"sign-in": {func(ctx context.Context, s *atomicsession.Session) error {
					_, _, err := atomicsession.Path("a").Take(ctx, s, atomicsession.User("42"))
					return err
				}, atomicsession.ErrSignIn},
			} {
				if err := c.do(r.Context(), s); !errors.Is(err, c.want) {
					t.Errorf("%s: got %v, want %v", name, err, c.want)
				}
			}
			if _, _, err := atomicsession.Path("a").Take(r.Context(), new(atomicsession.Session)); !errors.Is(err, atomicsession.ErrNoMiddleware) {
				t.Errorf("without the middleware: %v", err)
			}
		})
}

// Everything but Take is done for a prefetch too.
func TestPrefetchUpdates(t *testing.T) {
	site := newSite(t, &atomicsession.Options{PrefetchTakesNothing: true})
	b := site.browser()
	b.send(http.MethodGet, func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") },
		func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if err := s.Update(r.Context(), atomicsession.Path("a").Set(1)); err != nil {
				t.Error(err)
			}
		})
	b.wantDocument(`{"a":1}`)
}

// To swap is to take.
func TestPrefetchSwapsNothing(t *testing.T) {
	b := newSite(t, &atomicsession.Options{PrefetchTakesNothing: true}).browser()
	b.must(name.Set("Ann"))
	b.send(http.MethodGet, func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") },
		func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
			if old, ok, err := name.Swap(r.Context(), s, "Bob", visits.Inc(1)); old != "" || ok || err != nil {
				t.Errorf("got %q, %v, %v", old, ok, err)
			}
		})
	b.wantDocument(`{"name":"Ann"}`)
}
