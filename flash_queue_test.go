package atomicsession_test

import (
	"context"
	"net/http"
	"slices"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// What Later has queued is none of the business of Flash: its failure is that of the response.
func TestFlashKeepsQueue(t *testing.T) {
	for name, use := range map[string]func(context.Context, *atomicsession.Session){
		"add":  func(ctx context.Context, s *atomicsession.Session) { notice.Add(ctx, s, "saved") },
		"take": func(ctx context.Context, s *atomicsession.Session) { notice.Take(ctx, s) },
	} {
		for cause, change := range map[string]atomicsession.Change{
			"store": views.Inc(1), "type": atomicsession.Path("text").Inc(1), "same field": atomicsession.Path("notice").Inc(1),
		} {
			if name == "take" && cause == "same field" { // which is free then, and counts
				continue
			}
			t.Run(name+" "+cause, func(t *testing.T) {
				site := newSite(t, nil)
				b := site.browser()
				b.must(atomicsession.Path("text").Set("x"), notice.Push("waiting"))
				if cause == "store" {
					site.store.fail(driver.ErrUnavailable, "update")
				}
				resp := b.visit(func(w http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
					must(t, s.Later(r.Context(), change))
					use(r.Context(), s)
					w.WriteHeader(http.StatusAccepted)
				})
				if resp.StatusCode < http.StatusBadRequest {
					t.Errorf("the answer is %d though what Later had queued is lost", resp.StatusCode)
				}
			})
		}
	}
}

// Messages that fit are returned, whatever waits beside them.
func TestFlashMixed(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	b.must(atomicsession.Path("notice").Set([]any{"one", 2, "three"}))
	_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		if got := notice.Take(ctx, s); !slices.Equal(got, []string{"one", "three"}) {
			t.Errorf("the messages are %q", got)
		}
		return nil
	})
}

// To add nothing begins no session.
func TestFlashAddNothing(t *testing.T) {
	site := newSite(t, nil)
	resp := site.browser().visit(func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
		var none []string
		notice.Add(r.Context(), s, none...)
	})
	if sessionCookie(resp) != nil {
		t.Error("a session has begun")
	}
	wantRows(t, site.store, 0)
}

// A page that nobody sees takes no messages.
func TestFlashUnseen(t *testing.T) {
	for name, unseen := range map[string]func(*http.Request){
		"HEAD":     func(r *http.Request) { r.Method = http.MethodHead },
		"prefetch": func(r *http.Request) { r.Header.Set("Sec-Purpose", "prefetch") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newSite(t, nil).browser()
			b.must(notice.Push("saved"))
			var got []string
			page := func(_ http.ResponseWriter, r *http.Request, s *atomicsession.Session) {
				got = notice.Take(r.Context(), s)
			}
			b.send(http.MethodGet, unseen, page)
			b.visit(page)
			if !slices.Equal(got, []string{"saved"}) {
				t.Errorf("the page that is seen shows %q", got)
			}
		})
	}
}
