package atomicsession_test

import (
	"context"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// A session does not print its token or its data, whatever verb or handler meets it.
func TestSessionDoesNotPrint(t *testing.T) {
	site := newSite(t, nil)
	b := site.browser()
	if err := b.do(renew(atomicsession.Path("a").Set("treasure"), atomicsession.User("ada"))); err != nil {
		t.Fatal(err)
	}
	_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
		_, err := s.Document(ctx)
		var log strings.Builder
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "s", s)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "s", s)
		text := fmt.Sprintf("%v %+v %s %q %#v %d", s, s, s, s, s, s) + fmt.Sprint(ctx) + log.String()
		for _, verb := range []string{"%v", "%+v", "%#v", "%x"} {
			text += fmt.Sprintf(verb, byValue(s))
		}
		for _, part := range []string{b.token(), "ada", hex.EncodeToString([]byte("treasure"))} {
			if strings.Contains(text, part) {
				t.Errorf("the session prints %s", part)
			}
		}
		if want := "session session session session session session"; !strings.HasPrefix(text, want) || strings.Contains(text, "treasure") {
			t.Errorf("the session prints as %s", text)
		}
		return err
	})
}

// byValue returns what p points to, as a careless copy would be.
func byValue(p any) any { return reflect.ValueOf(p).Elem().Interface() }

// Neither do a manager and the response of a request.
func TestManagerAndResponseDoNotPrint(t *testing.T) {
	key := []byte("treasure treasure treasure treasure")
	m := newManager(t, newStore(), &atomicsession.Options{SigningKeys: []atomicsession.SigningKey{key}})
	m.Middleware(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := m.Get(r.Context()).Update(r.Context(), atomicsession.Path("a").Set("treasure")); err != nil {
			t.Error(err)
		}
		if text := fmt.Sprintf("%v %+v %#v", byValue(m), byValue(m), byValue(m)); strings.Contains(text, "treasure") || strings.Contains(text, fmt.Sprint(key[:8])[1:20]) {
			t.Errorf("a manager by value prints %s", text)
		}
		for _, v := range []any{m, w} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%d", "%s", "%x"} {
				text := fmt.Sprintf(verb, v)
				if len(text) > 30 || strings.Contains(text, "treasure") {
					t.Errorf("%T prints with %s as %s", v, verb, text)
				}
			}
		}
	})).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil))
}

// The context of a request does not print its cookie, by any verb.
func TestContextDoesNotPrint(t *testing.T) {
	m := newManager(t, newStore(), nil)
	token := newToken(t, m)
	later(t, m, token, func(_ http.ResponseWriter, r *http.Request, _ *atomicsession.Session) {
		derived, cancel := context.WithCancel(r.Context())
		defer cancel()
		for _, ctx := range []context.Context{r.Context(), derived} {
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%t", "%d", "%x"} {
				if strings.Contains(fmt.Sprintf(verb, ctx), token) {
					t.Error(verb)
				}
			}
		}
	})
}
