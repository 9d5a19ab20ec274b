package gorillabridge_test

import (
	"bytes"
	"encoding/base64"
	"encoding/gob"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
)

var importKey = bytes.Repeat([]byte{9}, 32)

// save returns the cookie of a session with the values.
func save(t *testing.T, store sessions.Store, name string, values map[any]any) *http.Cookie {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	session, err := store.New(r, name)
	if err != nil {
		t.Fatal(err)
	}
	session.Values = values
	w := httptest.NewRecorder()
	if err := store.Save(r, w, session); err != nil {
		t.Fatal(err)
	}
	return w.Result().Cookies()[0]
}

// requestWith returns one that brings the cookies.
func requestWith(cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// loadOld returns what the importer loads for the cookies.
func loadOld(t *testing.T, i atomicsession.Importer, cookies ...*http.Cookie) (*atomicsession.OldSession, error) {
	t.Helper()
	return i.Load(t.Context(), i.Credentials(requestWith(cookies...)))
}

// TestImporterCanonical: of all texts that name one session there is one credential.
func TestImporterCanonical(t *testing.T) {
	store := sessions.NewCookieStore(importKey)
	altered := 0
	for size := range 9 { // so that the last digits have 0, 2 and 4 unused bits
		c := save(t, store, "account", map[any]any{"note": strings.Repeat("x", size)})
		i := gorillabridge.NewImporter(store, "account")
		want := i.Credentials(requestWith(c))
		if len(want) != 1 {
			t.Fatalf("credentials %q of one cookie", want)
		}
		for text := range sameBytes(t, c.Value) {
			var values map[any]any
			if err := securecookie.DecodeMulti("account", text, &values, store.Codecs...); err != nil {
				t.Errorf("securecookie does not read a text of the same bytes: %v", err)
			}
			if got := i.Credentials(requestWith(&http.Cookie{Name: "account", Value: text})); !slices.Equal(got, want) {
				t.Errorf("credentials %q of a cookie with other unused bits, want %q", got, want)
			}
			altered++
		}
	}
	if altered == 0 {
		t.Error("no text has unused bits")
	}
}

// sameBytes yields the other texts that base64 decodes to the same bytes.
func sameBytes(t *testing.T, text string) func(yield func(string) bool) {
	t.Helper()
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	want, err := base64.URLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	last := len(strings.TrimRight(text, "=")) - 1
	return func(yield func(string) bool) {
		for _, digit := range digits {
			other := text[:last] + string(digit) + text[last+1:]
			if got, err := base64.URLEncoding.DecodeString(other); err != nil || other == text || !bytes.Equal(got, want) {
				continue
			}
			if !yield(other) {
				return
			}
		}
	}
}

// TestImporterNone: cookies that name no session are no error.
func TestImporterNone(t *testing.T) {
	store := sessions.NewFilesystemStore(t.TempDir(), importKey)
	good := save(t, store, "account", map[any]any{"user": "ann"})
	other := save(t, sessions.NewFilesystemStore(t.TempDir(), importKey), "account", map[any]any{"user": "ann"})
	forged := save(t, sessions.NewFilesystemStore(t.TempDir(), bytes.Repeat([]byte{8}, 32)), "account", map[any]any{"user": "ann"})
	i := gorillabridge.NewImporter(store, "account")
	for name, c := range map[string]*http.Cookie{
		"empty": {Name: "account"}, "no base64": {Name: "account", Value: "?"}, "short": {Name: "account", Value: "YQ=="},
		"long": {Name: "account", Value: strings.Repeat("a", 5000)}, "of another name": {Name: "accounts", Value: good.Value},
		"forged": forged, "of a file that is gone": other, "cut off": {Name: "account", Value: good.Value[:len(good.Value)-4]},
	} {
		if old, err := loadOld(t, i, c); err != nil || old != nil && (name != "of a file that is gone" || len(old.Values) > 0 || len(old.IDs) != 1) {
			t.Errorf("%s: %v, error %v; want none", name, old, err)
		}
	}
	if old, err := loadOld(t, i, good); err != nil || old == nil || old.Values["user"] != "ann" {
		t.Errorf("the good cookie: %v, error %v", old, err)
	}
}

func TestImporterSeveral(t *testing.T) {
	store := sessions.NewCookieStore(importKey)
	store.MaxAge(3600)
	account := save(t, store, "account", map[any]any{"user": "ann", 7: true})
	flash := save(t, store, "flash", map[any]any{"text": "hello"})
	i := gorillabridge.NewImporter(store, "account", "flash", "other")
	old, err := loadOld(t, i, flash, account)
	if err != nil || old == nil {
		t.Fatal(old, err)
	}
	if got := old.Values["account"].(map[string]any); got["user"] != "ann" || got["7"] != true {
		t.Errorf("account is %v", got)
	}
	if got := old.Values["flash"].(map[string]any); got["text"] != "hello" || len(old.Values) != 2 {
		t.Errorf("flash is %v of %v", got, old.Values)
	}
	if d := time.Until(old.Deadline); d < 59*time.Minute || d > time.Hour || old.NonPersistent {
		t.Errorf("the session ends in %v, NonPersistent %v", d, old.NonPersistent)
	}
	if credentials := i.Credentials(requestWith(flash, account)); len(credentials) != 2 || !strings.HasPrefix(credentials[0], "account=") {
		t.Errorf("credentials %q, want that of the first name first", credentials)
	}
	if cookies := i.Cookies(); len(cookies) != 3 || cookies[0].Name != "account" || cookies[0].Path != "/" || !cookies[0].Secure {
		t.Errorf("cookies to forget: %v", cookies)
	}
	if _, err := loadOld(t, i, save(t, store, "account", map[any]any{"7": 1, 7: 2})); err == nil || errors.Is(err, atomicsession.ErrUnavailable) {
		t.Errorf("two keys of one name: error %v", err)
	}
}

// TestImporterIDs: a store with IDs knows a session by its ID, whatever its cookie; a cookie store by nothing else.
func TestImporterIDs(t *testing.T) {
	files := sessions.NewFilesystemStore(t.TempDir(), importKey)
	account, flash := save(t, files, "account", nil), save(t, files, "flash", nil)
	i := gorillabridge.NewImporter(files, "account", "flash")
	old, err := loadOld(t, i, flash, account)
	if err != nil || len(old.IDs) != 2 || !strings.HasPrefix(old.IDs[0], "account\x00") || !strings.HasPrefix(old.IDs[1], "flash\x00") {
		t.Fatal(old.IDs, err)
	}
	session, err := files.New(requestWith(account), "account")
	if err != nil {
		t.Fatal(err)
	}
	again := httptest.NewRecorder()
	files.Codecs = securecookie.CodecsFromPairs(importKey, importKey) // encrypted: another cookie
	if err := session.Save(requestWith(account), again); err != nil {
		t.Fatal(err)
	}
	other := again.Result().Cookies()[0]
	if same, err := loadOld(t, i, other); other.Value == account.Value || err != nil || !slices.Equal(same.IDs, old.IDs[:1]) {
		t.Errorf("by another cookie: IDs %q, error %v", same.IDs, err)
	}
	cookies := sessions.NewCookieStore(importKey)
	if old, err := loadOld(t, gorillabridge.NewImporter(cookies, "account"), save(t, cookies, "account", nil)); err != nil || old.IDs != nil {
		t.Errorf("a cookie store: IDs %q, error %v", old.IDs, err)
	}
}

// TestImporterExpired: a cookie is good for MaxAge, also if its keys would take it for longer.
func TestImporterExpired(t *testing.T) {
	store := sessions.NewCookieStore(importKey)
	c := save(t, store, "account", map[any]any{"user": "ann"})
	i := gorillabridge.NewImporter(store, "account")
	store.Options.MaxAge = 0
	if old, err := loadOld(t, i, c); err != nil || old == nil || !old.Deadline.IsZero() || !old.NonPersistent || !old.Created.IsZero() {
		t.Errorf("with MaxAge 0: %+v, error %v", old, err)
	}
	store.Options.MaxAge = 1
	for began := time.Now(); time.Since(began) < 10*time.Second; time.Sleep(50 * time.Millisecond) {
		if old, err := loadOld(t, i, c); err != nil {
			t.Fatal(err)
		} else if old == nil {
			return
		}
	}
	t.Error("the session has no end")
}

// otherSerializer writes a type that no reader knows.
type otherSerializer struct{ securecookie.GobEncoder }

type importedType struct{ N int }

func (s otherSerializer) Serialize(src any) ([]byte, error) {
	b, err := s.GobEncoder.Serialize(src)
	return bytes.ReplaceAll(b, []byte("importedType"), []byte("importedtype")), err
}

// TestImporterUnreadable: a cookie that verifies, and cannot be decoded, is an error, and not of the store.
func TestImporterUnreadable(t *testing.T) {
	gob.Register(importedType{})
	writer := sessions.NewCookieStore(importKey)
	writer.Codecs[0].(*securecookie.SecureCookie).SetSerializer(otherSerializer{})
	c := save(t, writer, "account", map[any]any{"what": importedType{1}})
	for name, keys := range map[string][][]byte{"one key": {importKey}, "rotated": {bytes.Repeat([]byte{1}, 32), nil, importKey}} {
		old, err := loadOld(t, gorillabridge.NewImporter(sessions.NewCookieStore(keys...), "account"), c)
		if old != nil || err == nil || errors.Is(err, atomicsession.ErrUnavailable) {
			t.Errorf("%s: %v, error %v", name, old, err)
		}
	}
	if _, err := loadOld(t, gorillabridge.NewImporter(sessions.NewCookieStore(), "account"), c); err == nil || errors.Is(err, atomicsession.ErrUnavailable) {
		t.Errorf("without keys: error %v", err)
	}
}

// failing is a store whose reads end with an error.
type failing struct {
	*sessions.CookieStore
	err error
}

func (f failing) New(r *http.Request, name string) (*sessions.Session, error) {
	session, err := f.CookieStore.New(r, name)
	if len(r.Cookies()) > 0 {
		session.ID, err = "id", f.err
	}
	return session, err
}

// TestImporterUnavailable: what is not known to be of the cookie or the record is a failure of the store.
func TestImporterUnavailable(t *testing.T) {
	c := &http.Cookie{Name: "account", Value: "YQ=="}
	for _, err := range []error{
		&url.Error{Op: "Get", Err: syscall.ECONNREFUSED},
		&os.SyscallError{Syscall: "connect", Err: syscall.ENOENT},             // a socket that is not there
		&os.PathError{Op: "open", Path: "/etc/root.crt", Err: syscall.ENOENT}, // a file, but not the session's
		&os.PathError{Op: "open", Path: "/gone/session_id", Err: syscall.ENOENT},
		&os.PathError{Op: "open", Path: "/etc/session_id", Err: syscall.EACCES},
	} {
		i := gorillabridge.NewImporter(failing{sessions.NewCookieStore(importKey), err}, "account")
		old, got := loadOld(t, i, c)
		if old != nil {
			t.Errorf("%v: %v", err, old)
		}
		for _, got := range []error{got, i.End(t.Context(), i.Credentials(requestWith(c)))} {
			cause := errors.Unwrap(err)
			if !errors.Is(got, atomicsession.ErrUnavailable) || !errors.Is(got, cause) || strings.Contains(got.Error(), "session_id") {
				t.Errorf("%v: error %v", err, got)
			}
		}
	}
}
