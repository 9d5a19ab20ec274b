package adaptertest

import (
	"context"
	"fmt"
	"net/http"
	"sync"

	"github.com/atomicsession/atomicsession"
)

// noCookie: a request that does not use its session gets no header of it.
func noCookie(s *site) {
	s.serve(pages{"/": func(context.Context, *atomicsession.Session) Answer { return text("hello") }})
	r := s.get("/")
	s.want(r, http.StatusOK, "hello")
	if r.cookie() != nil || r.header.Get("Cache-Control") != "" || r.varies() { // by Accept-Encoding it may
		s.t.Errorf("the header is %v though the session was not used", r.header)
	}
}

// firstCookie: a change begins a session, whose cookie comes with the answer. Who only looks begins none, and caches are told.
func firstCookie(s *site) {
	s.serve(pages{"/": count, "/show": show})
	r := s.get("/show")
	s.want(r, http.StatusOK, "nobody, visit 0")
	if r.cookie() != nil || r.header.Get("Cache-Control") != "private, no-cache" || !r.varies() {
		s.t.Errorf("the header of who only looks is %v", r.header)
	}
	r = s.get("/")
	s.want(r, http.StatusOK, "visit 1")
	s.wantCookie(r)
}

// counter: the browser comes back with the cookie.
func counter(s *site) {
	s.serve(pages{"/": count, "/show": show})
	for n := range 3 {
		r := s.get("/")
		s.want(r, http.StatusOK, fmt.Sprintf("visit %d", n+1))
		if got := r.cookie() != nil; got != (n == 0) {
			s.t.Errorf("visit %d: a cookie came: %v", n+1, got)
		}
	}
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 3")
}

// parallelRequests: none of them loses what another has changed.
func parallelRequests(s *site) {
	s.serve(pages{"/": count, "/show": show})
	s.get("/")
	const n = 20
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			resp, err := s.browser.Do(s.request(http.MethodGet, "/", ""))
			if err != nil {
				s.t.Error(err)
				return
			}
			_ = resp.Body.Close()
		})
	}
	group.Wait()
	s.want(s.get("/show"), http.StatusOK, fmt.Sprintf("nobody, visit %d", n+1))
}

// emptyAnswer: the cookie comes though the handler writes nothing but a status.
func emptyAnswer(s *site) {
	s.serve(pages{
		"/": func(ctx context.Context, session *atomicsession.Session) Answer {
			count(ctx, session)
			return Answer{Status: http.StatusNoContent}
		},
		"/show": show,
	})
	r := s.get("/")
	s.want(r, http.StatusNoContent, "")
	s.wantCookie(r)
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 1")
}

// cacheControl: what a handler says of caches stays, unless the answer brings the cookie.
func cacheControl(s *site) {
	s.serve(pages{"/": count, "/cached": func(ctx context.Context, session *atomicsession.Session) Answer {
		a := show(ctx, session)
		a.Header = http.Header{"Cache-Control": {"private, max-age=5"}}
		return a
	}})
	s.get("/")
	r := s.get("/cached")
	s.want(r, http.StatusOK, "nobody, visit 1")
	if got := r.header["Cache-Control"]; len(got) != 1 || got[0] != "private, max-age=5" || !r.varies() {
		s.t.Errorf("Cache-Control is %q, Vary %q", got, r.header["Vary"])
	}
}

// redirect: a redirect brings the cookie.
func redirect(s *site) {
	s.serve(pages{
		"/sign-in": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Renew(ctx, name.Set("Ada"), atomicsession.User("1")); err != nil {
				return Answer{Session: err}
			}
			return Answer{Status: http.StatusSeeOther, Location: "/show"}
		},
		"/show": show,
	})
	r := s.send(http.MethodPost, "/sign-in", "")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != "/show" {
		s.t.Errorf("the answer is %d to %q", r.status, r.header.Get("Location"))
	}
	s.wantCookie(r)
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 0")
}

// head: HEAD gets the header that GET gets.
func head(s *site) {
	s.serve(pages{"/": count, "/show": show})
	r := s.send(http.MethodHead, "/", "")
	s.want(r, http.StatusOK, "")
	s.wantCookie(r)
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 1")
}

// signInAndOut: a sign-in replaces the secret, and a sign-out ends the session, whoever still has the cookie.
func signInAndOut(s *site) {
	s.serve(pages{
		"/": count, "/show": show,
		"/sign-in": func(ctx context.Context, session *atomicsession.Session) Answer {
			return text("%v", session.Renew(ctx, name.Set("Ada"), atomicsession.User("1")))
		},
		"/sign-out": func(ctx context.Context, session *atomicsession.Session) Answer {
			return text("%v", session.Destroy(ctx))
		},
	})
	before := s.get("/").cookie()
	r := s.send(http.MethodPost, "/sign-in", "")
	s.want(r, http.StatusOK, "<nil>")
	s.wantCookie(r)
	after := r.cookie()
	if before == nil || after == nil || before.Value == after.Value {
		s.t.Fatalf("the cookie is %v, and was %v before the sign-in", after, before)
	}
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 1")
	s.want(s.send(http.MethodPost, "/sign-out", ""), http.StatusOK, "<nil>")
	s.browser.Jar = nil
	for _, old := range []*http.Cookie{before, after} {
		s.want(s.send(http.MethodGet, "/show", "", "Cookie", "session="+old.Value), http.StatusOK, "nobody, visit 0")
	}
}

// endedSession: WriteError leads a visitor whose session has ended to the sign-in, and tells a script.
func endedSession(s *site) {
	s.serve(pages{
		"/": count,
		"/account": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Refresh(ctx); err != nil {
				return Answer{Session: err}
			}
			return text("signed in")
		},
		"/sign-in": func(ctx context.Context, session *atomicsession.Session) Answer {
			return text("%v", session.Renew(ctx, atomicsession.User("1")))
		},
	})
	s.send(http.MethodPost, "/sign-in", "")
	s.want(s.get("/account"), http.StatusOK, "signed in")
	if n, err := s.m.RevokeAll(s.t.Context(), "1"); n != 1 || err != nil {
		s.t.Fatal(n, err)
	}
	r := s.send(http.MethodGet, "/account", "", "Sec-Fetch-Mode", "cors")
	if r.status != http.StatusGone || r.header.Get("Retry-After") != "1" {
		s.t.Errorf("a script gets %d, header %v", r.status, r.header)
	}
	r = s.send(http.MethodGet, "/account", "", "Sec-Fetch-Mode", "navigate")
	if r.status != http.StatusSeeOther || r.header.Get("Location") != signIn {
		s.t.Errorf("a visitor gets %d to %q", r.status, r.header.Get("Location"))
	}
}
