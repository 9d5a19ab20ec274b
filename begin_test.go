package atomicsession_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

// When it is unknown whether a new session was stored, another ID is tried: the browser gets one that certainly exists,
// and nothing is left of the other.
func TestUnknownOutcomeOfCreate(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	site.store.loseReply("create")
	b.must(atomicsession.Path("a").Set(1))
	wantCalls(t, site.store, "create", "delete", "create")
	b.wantDocument(`{"a":1}`)
	wantRows(t, site.store, 1)
}

// A second try that ends like the first is the last. Nothing is left of either.
func TestUnknownOutcomeOfBothCreates(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	site.store.before(func(_ context.Context, call string) error {
		if call == "create" {
			site.store.loseReply(call)
		}
		return nil
	})
	if err := b.update(atomicsession.Path("a").Set(1)); !errors.Is(err, atomicsession.ErrUnknownOutcome) || b.token() != "" {
		t.Errorf("got %v, cookie %q", err, b.token())
	}
	wantCalls(t, site.store, "create", "delete", "create", "delete")
	wantRows(t, site.store, 0)
}

// timeOut is what happens to a call whose time is over before its outcome is known.
func timeOut(ctx context.Context) { <-ctx.Done() }

// Nothing that follows upon an unknown outcome takes more time than the call has.
func TestUnknownOutcomeOfALateCreate(t *testing.T) {
	store := newStore()
	store.meanwhile = timeOut
	store.loseReply("create")
	var deadlines []time.Time
	store.before(func(ctx context.Context, _ string) error {
		deadline, _ := ctx.Deadline()
		deadlines = append(deadlines, deadline)
		return nil
	})
	m := newManager(t, store, &atomicsession.Options{StoreTimeout: 50 * time.Millisecond})
	if err := request(t, m, "", update(atomicsession.Path("a").Set(1))); !errors.Is(err, atomicsession.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
	wantCalls(t, store, "create", "delete")
	if len(deadlines) != 2 || deadlines[1].IsZero() || deadlines[1].After(deadlines[0]) {
		t.Errorf("the deadlines were %v", deadlines)
	}
}

// A session that nobody will get is removed, though the visitor has gone.
func TestUnknownOutcomeForAVisitorWhoHasGone(t *testing.T) {
	store := newStore()
	ctx, leave := context.WithCancel(t.Context())
	store.meanwhile = func(context.Context) { leave() }
	store.loseReply("create")
	err := request(t, newManager(t, store, nil), "", func(_ context.Context, s *atomicsession.Session) error {
		return s.Update(ctx, atomicsession.Path("a").Set(1))
	})
	if !errors.Is(err, atomicsession.ErrUnknownOutcome) {
		t.Errorf("got %v", err)
	}
	wantCalls(t, store, "create", "delete")
	wantRows(t, store, 0)
}

// A session that begins where no browser will keep its cookie is worth a word, once.
func TestPlainHTTPIsLogged(t *testing.T) {
	for _, c := range []struct {
		url    string
		header string
		opts   atomicsession.Options
		want   int
	}{
		{"http://shop.lan/", "", atomicsession.Options{}, 1},
		{"http://192.168.0.7:8080/", "", atomicsession.Options{}, 1},
		{"https://shop.lan/", "", atomicsession.Options{}, 0},
		{"http://localhost:8080/", "", atomicsession.Options{}, 0},
		{"http://shop.localhost/", "", atomicsession.Options{}, 0},
		{"http://127.0.0.2/", "", atomicsession.Options{}, 0},
		{"http://[::1]:80/", "", atomicsession.Options{}, 0},
		{"http://shop.lan/", "Sec-Fetch-Site: same-origin", atomicsession.Options{}, 0},
		{"http://shop.lan/", "X-Forwarded-Proto: https", atomicsession.Options{}, 0},
		{"http://shop.lan/", "Forwarded: proto=https", atomicsession.Options{}, 0},
		{"http://shop.lan/", "X-Forwarded-Proto: http", atomicsession.Options{}, 1},
		{"http://shop.lan/", "Forwarded: for=10.0.0.1", atomicsession.Options{}, 1},
		{"http://shop.lan/", "", atomicsession.Options{Cookie: atomicsession.CookieOptions{InsecureHTTP: true}}, 0},
		{"http://shop.lan/", "", atomicsession.Options{SecureRequest: func(r *http.Request) bool { return r.TLS != nil }}, 0},
	} {
		var log bytes.Buffer
		c.opts.Logger = slog.New(slog.NewTextHandler(&log, nil))
		m := newManager(t, newStore(), &c.opts)
		for i := range 3 {
			r := httptest.NewRequest(http.MethodGet, c.url, nil)
			if name, value, ok := strings.Cut(c.header, ": "); ok {
				r.Header.Set(name, value)
			}
			do := info
			if i > 0 {
				do = update(atomicsession.Path("a").Set(1))
			}
			if err := inRequest(m, r, do); err != nil {
				t.Error(err)
			}
			if i == 0 && log.Len() > 0 {
				t.Errorf("%s: a read is logged: %s", c.url, &log)
			}
		}
		if got := strings.Count(log.String(), "level=WARN"); got != c.want {
			t.Errorf("%s %s: %d warnings, want %d: %s", c.url, c.header, got, c.want, &log)
		}
		if c.want > 0 && !strings.Contains(log.String(), fmt.Sprintf("host=%s", strings.Trim(c.url, "htp:/"))) {
			t.Errorf("%s: the log does not say where: %s", c.url, &log)
		}
	}
}
