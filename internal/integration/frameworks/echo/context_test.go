package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v5"

	"github.com/atomicsession/atomicsession/sessiontest"
)

// A handler that is called alone, with a context built by hand.
func TestSignInByContext(t *testing.T) {
	ctx, end := sessiontest.Context(t, sessions)
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("name=ann&password=correct+horse"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if err := signIn(echo.New().NewContext(r.WithContext(ctx), w)); err != nil {
		t.Fatal(err)
	}

	if w.Code != http.StatusSeeOther {
		t.Errorf("the answer is %d", w.Code)
	}
	if user := sessiontest.Info(t, sessions, end()...).User; user != "ann" {
		t.Errorf("signed in is %q", user)
	}
}
