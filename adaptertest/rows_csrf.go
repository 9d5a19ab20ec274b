package adaptertest

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/atomicsession/atomicsession"
)

// guarded are the pages of a site with a form, whose other side is guarded.
func guarded() pages {
	return pages{
		"/form": func(ctx context.Context, s *atomicsession.Session) Answer {
			token, err := s.CSRFToken(ctx)
			if err != nil {
				return Answer{Session: err}
			}
			return text("%s", token)
		},
		Guarded: count, "/show": show,
	}
}

// csrfHeader: a request with the token in its header passes, and without it does not reach the handler.
func csrfHeader(s *site) {
	s.serve(guarded())
	r := s.get("/form")
	s.wantCookie(r)
	for name, header := range map[string][]string{
		"nothing": nil, "another token": {"X-CSRF-Token", strings.Repeat("x", len(r.text))},
		"another site": {"X-CSRF-Token", r.text, "Sec-Fetch-Site", "cross-site", "Origin", "https://other.example"},
	} {
		if got := s.send(http.MethodPost, Guarded, "{}", append(header, "Content-Type", "application/json")...); got.status != http.StatusForbidden {
			s.t.Errorf("%s: the answer is %d %q", name, got.status, got.text)
		}
	}
	s.want(s.send(http.MethodPost, Guarded, "{}", "X-CSRF-Token", r.text), http.StatusOK, "visit 1")
	s.want(s.get(Guarded), http.StatusOK, "visit 2") // GET needs none
}

// csrfForm: the token may stand in a form.
func csrfForm(s *site) {
	s.serve(guarded())
	const kind = "application/x-www-form-urlencoded"
	body := url.Values{"csrf_token": {s.get("/form").text}}.Encode()
	s.want(s.send(http.MethodPost, Guarded, body, "Content-Type", kind), http.StatusOK, "visit 1")
	if r := s.send(http.MethodPost, Guarded, "csrf_token=none", "Content-Type", kind); r.status != http.StatusForbidden {
		s.t.Errorf("without the token the answer is %d %q", r.status, r.text)
	}
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 1")
}
