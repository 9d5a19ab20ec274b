package storeurl

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/testserver"
)

// wantCause opens a store on a server that does not let it be, and looks at the line that tells why.
func wantCause(t *testing.T, text, host, want string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for _, mode := range []Mode{Create, Existing} {
		opened, err := Open(ctx, text, mode)
		if err == nil {
			t.Errorf("%s was opened: %v", text, opened.Close())
			continue
		}
		got := err.Error()
		if !strings.HasPrefix(got, host+": ") || !strings.Contains(got, want) || len(got) > 170 || strings.Contains(got, "\n") ||
			strings.Contains(got, "pass-word") || strings.Contains(got, "user="+u.User.Username()) {
			t.Errorf("%s: %q, want one line with %s and %q", text, got, host, want)
		}
	}
}

// TestCauses has a server of each kind that refuses what is asked of it, or is gone.
func TestCauses(t *testing.T) {
	const login = "the server refuses the user or the password"
	for _, tc := range []struct {
		script, env string
		// wrong are changes of the URL, and what is told of them.
		wrong map[string]struct {
			change func(*url.URL)
			want   string
		}
	}{
		{"redis-server.sh", "", map[string]struct {
			change func(*url.URL)
			want   string
		}{
			"password": {func(u *url.URL) { u.User = url.UserPassword("app", "pass-word") }, login},
			"database": {func(u *url.URL) { u.Path = "/99" }, "there is no such database"},
			"number":   {func(u *url.URL) { u.Path = "/99999999999" }, "there is no such database"},
			"TLS":      {func(u *url.URL) { u.Scheme = "rediss" }, "TLS"},
		}},
		{"postgres-server.sh", "", map[string]struct {
			change func(*url.URL)
			want   string
		}{
			"password": {func(u *url.URL) { u.User = url.UserPassword("postgres", "pass-word") }, login},
			"database": {func(u *url.URL) { u.Path = "/nowhere" }, "there is no such database"},
			"TLS":      {func(u *url.URL) { u.RawQuery = "sslmode=require" }, "the server does not speak TLS"},
			"standby":  {func(u *url.URL) { u.RawQuery += "&target_session_attrs=standby" }, ": ValidateConnect failed: server is not in hot standby mode"},
			"method":   {func(u *url.URL) { u.RawQuery += "&require_auth=none" }, ": require_auth check failed: "},
			// The server quotes these.
			"options": {func(u *url.URL) { u.RawQuery += "&options=pass-word" }, "the server refuses a parameter of the URL"},
			"setting": {func(u *url.URL) { u.RawQuery += "&options=-c%20pass-word%3D1" }, "the server refuses a parameter of the URL"},
		}},
		{"mariadb-server.sh", "", map[string]struct {
			change func(*url.URL)
			want   string
		}{
			"password": {func(u *url.URL) { u.User = url.UserPassword(u.User.Username(), "pass-word") }, login},
			"user":     {func(u *url.URL) { u.User = url.UserPassword("nobody", "pass-word") }, login},
			"database": {func(u *url.URL) { u.Path = "/nowhere" }, "there is no such database"},
			"TLS":      {func(u *url.URL) { u.RawQuery = "tls=true" }, "the server does not speak TLS"},
		}},
		{"mongo-server.sh", "MONGO_SERVER_AUTH=1", map[string]struct {
			change func(*url.URL)
			want   string
		}{
			"password": {func(u *url.URL) { u.User = url.UserPassword("writer", "pass-word") }, login},
			"TLS":      {func(u *url.URL) { u.RawQuery = "tls=true" }, "it may not speak TLS"},
			"set":      {func(u *url.URL) { u.RawQuery = "replicaSet=nowhere&serverSelectionTimeoutMS=300" }, "no server there is what the parameters want"},
		}},
	} {
		t.Run(tc.script, func(t *testing.T) {
			server, err := testserver.Start(tc.script, tc.env)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(server.URI, " ")
			u, err := url.Parse(first)
			if tc.script == "mariadb-server.sh" {
				u, err = testserver.MySQLURL(first), nil
			}
			if err != nil {
				t.Fatal(err)
			}
			for name, wrong := range tc.wrong {
				t.Run(name, func(t *testing.T) {
					changed := *u
					wrong.change(&changed)
					wantCause(t, changed.String(), u.Host, wrong.want)
				})
			}
			if u.Scheme == "postgres" {
				changed := *u
				changed.RawQuery += "&prefx=staging"
				want := `store URL: the server refuses the parameter "prefx"`
				if _, err := Open(t.Context(), changed.String(), Existing); err == nil || err.Error() != want {
					t.Errorf("an unknown parameter: %v", err)
				}
			}
			if err := server.Stop(); err != nil {
				t.Error(err)
			}
			wantCause(t, u.String(), u.Host, "connection refused")
		})
	}
}

// TestNoServer has names that do not exist, servers that never say a word, and some of another kind.
func TestNoServer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	web := httptest.NewUnstartedServer(http.NotFoundHandler())
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	for _, kind := range []struct{ scheme, tls, host string }{
		{"redis://", "", "no.invalid"},
		{"redis+cluster://", "", "no.invalid"},
		{"postgres://", "", "no.invalid:5432"},
		{"mysql://", "", "no.invalid:3306"},
		{"mongodb://", "", "no.invalid"},
	} {
		wantCause(t, kind.scheme+"u:pass-word@no.invalid/0", kind.host, "no such host: no.invalid")
		address := plain.Listener.Addr().String()
		if kind.scheme != "mysql://" { // whose server speaks first: that would be another one that is silent
			wantCause(t, kind.scheme+"u:pass-word@"+address+"/0", address, "")
		}

		address = silent.Addr().String()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		_, err := Open(ctx, kind.scheme+"u:pass-word@"+address+"/0", Existing)
		if want := address + ": no answer within 300ms"; err == nil || err.Error() != want {
			t.Errorf("%s on a silent server: %v, want %s", kind.scheme, err, want)
		}
		cancel()
	}
	address := web.Listener.Addr().String()
	for _, text := range []string{"rediss://u:pass-word@" + address, "mongodb://u:pass-word@" + address + "/?tls=true"} {
		wantCause(t, text, address, "TLS: x509: certificate signed by unknown authority")
	}
}

func TestStoreErrorIsShort(t *testing.T) {
	e := &StoreError{where: strings.Repeat("ä.example.com,", 50), Err: &missingError{strings.Repeat("ö", 500)}}
	if got := e.Error(); len(got) > 170 || !strings.Contains(got, "…: öö") {
		t.Errorf("%d bytes: %s", len(got), got)
	}
}
