package atomicsession_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// htmx is led on by the header of an answer whose text it does not show.
func TestWriteErrorToFragments(t *testing.T) {
	named := newManager(t, newStore(), &atomicsession.Options{SignIn: "/login"})
	nowhere := newManager(t, newStore(), nil)
	again := &atomicsession.Error{Op: "require", Err: atomicsession.ErrReauthenticate}
	own := header("Sec-Fetch-Site", "same-origin")
	on := func(page string) func(*http.Request) { return both(own, header("Hx-Current-Url", page)) }
	for name, c := range map[string]struct {
		err            error
		more           func(*http.Request)
		named, nowhere string // the answer, with and without a page to sign in: the status, where to, the marker
	}{
		"renewed":             {errRenewed, own, "410 refresh 1", "410 refresh 1"},
		"renewed, 1":          {errRenewed, both(own, retry("1")), "410 refresh 2", "410 refresh 2"},
		"renewed, 2":          {errRenewed, both(own, retry("2")), "410", "410"},
		"ended":               {errEnded, own, "410 /login 1", "410 refresh 1"},
		"ended, 2":            {errEnded, both(own, retry("2")), "410", "410"},
		"ended at sign-in":    {errEnded, on("https://example.com/login?x=y"), "410 refresh 1", "410 refresh 1"},
		"ended form":          {errEndedForm, own, "410 /login 1", "410 refresh 1"},
		"old form":            {errForged, own, "403 refresh 1", "403 refresh 1"},
		"forged":              {errForged, header("Sec-Fetch-Site", "cross-site"), "403", "403"},
		"recent":              {again, on("https://example.com/a?b=c"), "403 /login?return=%2Fa%3Fb%3Dc 1", "403"},
		"recent, page of":     {again, on("https://other.example/a"), "403 /login 1", "403"},
		"recent, nothing":     {again, on("http://%"), "403 /login 1", "403"},
		"recent, not a path":  {again, on("https://example.com//evil.example"), "403 /login 1", "403"},
		"recent, at sign-in":  {again, on("https://example.com/login"), "403", "403"},
		"from elsewhere":      {errCrossSite, own, "403", "403"},
		"store":               {atomicsession.ErrUnavailable, own, "503", "503"},
		"another's condition": {atomicsession.ErrCondition, own, "409", "409"},
	} {
		for m, want := range map[*atomicsession.Manager]string{named: c.named, nowhere: c.nowhere} {
			r := httptest.NewRequest(http.MethodPost, "https://example.com/fragment", nil)
			r.Header.Set("Hx-Request", "true")
			c.more(r)
			a := writeError(t, m, r, c.err)
			got := strconv.Itoa(a.status)
			if to := a.header.Get("Hx-Redirect"); to != "" {
				got += " " + to
			}
			if a.header.Get("Hx-Refresh") == "true" {
				got += " refresh"
			}
			if a.retry != "" {
				got += " " + a.retry
			}
			if got != want {
				t.Errorf("%s: %s, want %s", name, got, want)
			}
		}
	}
}
