package moving

import (
	"bytes"
	"fmt"
	"net/http"
	"testing"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	gorilla "github.com/gorilla/sessions"
	"github.com/markbates/goth/gothic"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/internal/visitor"
)

var importKey = bytes.Repeat([]byte{7}, 32)

// newMoved returns a manager to which the sessions of a store are carried over.
func newMoved(t *testing.T, old gorilla.Store, name string, more ...string) *atomicsession.Manager {
	manager, _ := visitor.NewManager(t, atomicsession.Options{Import: gorillabridge.Import(old, importKey, name, more...)})
	return manager
}

// move has the browser, with its cookies, visit another application.
func move(t *testing.T, b *visitor.Browser, handler http.Handler) *visitor.Browser {
	moved := browse(t, handler)
	moved.Client.Jar = b.Client.Jar
	return moved
}

// Visitors of an application of gin-contrib/sessions go on where they were.
func TestGinImport(t *testing.T) {
	old := cookie.NewStore([]byte("secret"))
	b := browse(t, newGin(old, func() {}))
	b.Want("/incr", http.StatusOK, "1 <nil>", 1)
	b.Want("/flash", http.StatusOK, "<nil>", 1)
	b.Want("/many/set", http.StatusOK, "<nil> <nil>", 0) // cookies of other names

	manager := newMoved(t, old, "mysession", "a", "b")
	store := gorillabridge.Gin[sessions.Options](gorillabridge.New(manager))
	b = move(t, b, manager.Middleware(newGin(store, func() {})))
	for i, row := range []struct {
		path, text string
		cookies    int
	}{
		{"/incr", "2 <nil>", 2}, // the new one, and the end of the old one
		{"/flashes", "[hello] [1] <nil>", 0},
		{"/flashes", "[] [] <nil>", 0},
		{"/id", "true", 0},
		{"/many/get", "world <nil> <nil>", 0},
		{"/sign-out", "<nil>", 0},
		{"/incr", "1 <nil>", 0},
		{"/many/get", "world <nil> <nil>", 0},
	} {
		t.Run(fmt.Sprint(i, row.path), func(t *testing.T) { b.T = t; b.Want(row.path, http.StatusOK, row.text, row.cookies) })
	}
}

// byName are several stores as one.
type byName map[string]gorilla.Store

func (s byName) Get(r *http.Request, name string) (*gorilla.Session, error) {
	return s[name].Get(r, name)
}

func (s byName) New(r *http.Request, name string) (*gorilla.Session, error) {
	return s[name].New(r, name)
}

func (s byName) Save(r *http.Request, w http.ResponseWriter, session *gorilla.Session) error {
	return s[session.Name()].Save(r, w, session)
}

// Who is on the way to the provider and back while the application moves comes back signed in, also if gothic had a store of its own.
func TestGothicImport(t *testing.T) {
	cookies := gorilla.NewCookieStore([]byte("secret"))
	cookies.Options = &gorilla.Options{Path: "/", MaxAge: 3600, HttpOnly: true}
	old := byName{"app": gorilla.NewFilesystemStore(t.TempDir(), []byte("another secret")), gothic.SessionName: cookies}
	b := browse(t, serveGothic(t, old))
	b.Want("/buy", http.StatusOK, "<nil> <nil>", 0) // a cookie of another name
	callback := begin(t, b, 1)

	manager := newMoved(t, old, "app", gothic.SessionName)
	b = move(t, b, manager.Middleware(serveGothic(t, gorillabridge.New(manager))))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, b.URL+callback, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Sec-Fetch-Site": {"cross-site"}, "Sec-Fetch-Mode": {"navigate"}, "Sec-Fetch-Dest": {"document"}} // from the provider
	resp, err := b.Client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Body.Close(); resp.StatusCode != http.StatusOK {
		t.Errorf("the callback is answered with %s", resp.Status)
	}
	b.Want(callback, http.StatusForbidden, "no sign-in\n", 0) // once
	b.Want("/who", http.StatusOK, "id tea <nil>", 0)
}
