package stores

import (
	"net/http"
	"testing"

	"github.com/gorilla/sessions"

	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

// TestSeveralNames: visitors whose sessions of one name have the same cookie, as unencrypted ones with the same values of the same second,
// are told apart by the first name.
func TestSeveralNames(t *testing.T) {
	store := sessions.NewCookieStore(signed...)
	store.MaxAge(int(week.Seconds()))
	var look string // of all visitors
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		account, err := store.New(r, "account")
		if err != nil {
			t.Error(err)
		}
		account.Values["user"] = r.URL.Query().Get("user")
		if err := account.Save(r, w); err != nil {
			t.Error(err)
		}
		http.SetCookie(w, sessions.NewCookie("look", look, store.Options))
	})
	look, err := store.Codecs[0].Encode("look", map[any]any{"theme": "dark"})
	if err != nil {
		t.Fatal(err)
	}
	old := &application{importer: gorillabridge.NewImporter(store, "account", "look"), server: serveOld(t, handler), cookie: "account"}
	s := newSite(t, old)
	for _, user := range []string{"ann", "bob"} {
		jar := newJar(t)
		get(t, old.server, jar, "/sign-in?user="+user, nil)
		s.wantUser(jar, user, user)
		if old.cookieIn(jar) != "" || len(jar.Cookies(old.url())) != 1 {
			t.Errorf("%s has the cookies %v", user, jar.Cookies(old.url()))
		}
	}
}
