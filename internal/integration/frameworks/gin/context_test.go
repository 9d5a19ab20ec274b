package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"github.com/atomicsession/atomicsession/sessiontest"
)

// A handler that is called alone, with a context built by hand.
func TestSignInByContext(t *testing.T) {
	ctx, end := sessiontest.Context(t, sessions)
	r := httptest.NewRequest(http.MethodPost, "/sign-in", strings.NewReader("name=ann&password=correct+horse"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	c.Request = r.WithContext(ctx)
	signIn(c)

	if c.Writer.Status() != http.StatusSeeOther {
		t.Errorf("the answer is %d", c.Writer.Status())
	}
	if user := sessiontest.Info(t, sessions, end()...).User; user != "ann" {
		t.Errorf("signed in is %q", user)
	}
}
