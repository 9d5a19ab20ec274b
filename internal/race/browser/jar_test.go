package browser

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestJar(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, tc := range []struct {
		name string
		set  []string
		want string // the Cookie header of the next request
	}{
		{"the last one stays", []string{"s=1; Path=/", "s=2; HttpOnly"}, "s=2"},
		{"names are kept apart", []string{"b=1", "a=2"}, "a=2; b=1"},
		{"Max-Age=0 deletes", []string{"s=1", "s=x; Max-Age=0"}, ""},
		{"a negative Max-Age deletes", []string{"s=1", "s=x; Max-Age=-5"}, ""},
		{"a past Expires deletes", []string{"s=1", "s=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, ""},
		{"Max-Age counts before Expires", []string{"s=x; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT"}, "s=x"},
		{"a future Expires keeps", []string{"s=x; Expires=Wed, 02 Jan 2030 03:04:06 GMT"}, "s=x"},
		{"an empty value deletes", []string{"s=1", "s="}, ""},
		{"deleting another one deletes nothing", []string{"s=1", "t=; Max-Age=0"}, "s=1"},
		{"quotes go back", []string{`s="a b"`}, `s="a b"`},
		{"as long as browsers take", []string{"s=" + strings.Repeat("x", 4095)}, "s=" + strings.Repeat("x", 4095)},
		{"longer", []string{"s=1", "s=" + strings.Repeat("x", 4096)}, "s=1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var j jar
			for _, line := range tc.set {
				j.take(http.Header{"Set-Cookie": {line}}, now)
			}
			if got := j.header(); got != tc.want {
				t.Errorf("%q, want %q", got, tc.want)
			}
		})
	}
}

// TestArrival has an answer that was asked for first arrive last: its cookie stays.
func TestArrival(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			<-release
		}
		http.SetCookie(w, &http.Cookie{Name: "s", Value: r.URL.Path[1:]})
		fmt.Fprint(w, r.Header.Get("Cookie"))
	}))
	t.Cleanup(server.Close)
	b := New(server.URL, server.Client().Transport)
	send := func(path, want string) {
		if a, err := b.Post(t.Context(), path); err != nil || !a.OK() || a.Body != want {
			t.Errorf("%s: %+v, %v, want %q", path, a, err, want)
		}
	}
	slow := make(chan struct{})
	go func() {
		defer close(slow)
		send("/slow", "")
	}()
	send("/quick", "")
	copied := b.Copy()
	close(release)
	<-slow
	send("/next", "s=slow")
	if got := copied.Cookies(); !maps.Equal(got, map[string]string{"s": "quick"}) {
		t.Errorf("the copy has %v", got)
	}
}

func TestNoAnswer(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	b := New(server.URL, server.Client().Transport)
	if a, err := b.Get(t.Context(), "/"); err != nil || !a.Refused() {
		t.Errorf("%+v, %v", a, err)
	}
	server.Close()
	if _, err := b.Get(t.Context(), "/"); err == nil {
		t.Error("an answer from nobody")
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Get(ended, "/"); err == nil {
		t.Error("an answer after the end")
	}
}
