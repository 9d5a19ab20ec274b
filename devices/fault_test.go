package devices_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestStoreFails(t *testing.T) {
	down := func(calls ...string) func(string) error {
		return func(call string) error {
			if strings.Contains(strings.Join(calls, ","), call) {
				return atomicsession.ErrUnavailable
			}
			return nil
		}
	}
	fail := func(which string, err error) func(string) error {
		return func(call string) error {
			if call == which {
				return err
			}
			return nil
		}
	}
	for _, c := range []struct {
		name   string
		fail   func(string) error
		device string // "" is the list
		status int
		text   string
	}{
		{"down", down("load", "list", "update"), "", http.StatusServiceUnavailable, "at the moment"},
		{"no list", down("list"), "", http.StatusServiceUnavailable, "at the moment"},
		{"no finder", fail("list", errors.ErrUnsupported), "", http.StatusNotImplemented, "cannot show your devices"},
		{"no end", down("delete"), "one", http.StatusServiceUnavailable, "Nothing was changed"},
		{"an end of which nobody knows", fail("delete", atomicsession.ErrUnknownOutcome), "one", http.StatusServiceUnavailable, "not certain"},
		{"no ends", down("delete many"), "others", http.StatusServiceUnavailable, "Nothing was changed"},
		{"some ends", fail("delete many", atomicsession.ErrUnknownOutcome), "others", http.StatusServiceUnavailable, "not certain"},
		{"corrupt", fail("delete many", atomicsession.ErrCorrupt), "others", http.StatusServiceUnavailable, "not certain"},
		{"no ends by user", fail("delete many", errors.ErrUnsupported), "others", http.StatusNotImplemented, "cannot show"},
		{"a mistake", fail("list", atomicsession.ErrNoMiddleware), "", http.StatusInternalServerError, "went wrong"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newSite(t, nil)
			s.signedIn(chrome, "ann")
			b := s.signedIn(firefox, "ann")
			link := b.get(path).links()[0]
			form := b.get(path + link).form()
			if c.device == "others" {
				form.Set("device", "others")
			}
			s.store.failing(c.fail)
			var a answer
			if c.device == "" {
				a = b.get(path)
			} else {
				a = b.send(http.MethodPost, path, form)
			}
			b.want(a, c.status, c.text, "Back to your devices")
			if a.header.Get("Cache-Control") != "no-store" || a.header.Get("Content-Security-Policy") == "" {
				t.Errorf("headers %v", a.header)
			}
		})
	}
}

// A line that cannot be kept is no reason to say that nothing was done.
func TestNoticeIsLost(t *testing.T) {
	s := newSite(t, nil)
	other := s.signedIn(chrome, "ann")
	b := s.signedIn(firefox, "ann")
	link := b.get(path).links()[0]
	question := b.get(path + link)
	s.store.failing(func(call string) error {
		if call == "update" {
			return atomicsession.ErrFull
		}
		return nil
	})
	b.shown(b.send(http.MethodPost, path+link, question.form()))
	if other.user() != "" {
		t.Error("it is signed in")
	}
}

func TestWithoutMiddleware(t *testing.T) {
	var text bytes.Buffer
	m, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	h, err := devices.New(m, &devices.Options{Logger: slog.New(slog.NewTextHandler(&text, nil))})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
	if w.Code != http.StatusInternalServerError || !strings.Contains(text.String(), "middleware") {
		t.Errorf("%d, log %q", w.Code, text.String())
	}
}
