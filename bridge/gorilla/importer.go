package gorillabridge

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
)

// importer reads what a store of gorilla/sessions has stored.
type importer struct {
	store   sessions.Store
	names   []string
	cookies []*http.Cookie
	whole   bool // the value under each name is the map[any]any of its session, nil if the visitor has none
}

// maxCookie is how long a cookie is at most: browsers keep no longer ones.
const maxCookie = 4096

// NewImporter returns what [atomicsession.Import] needs to carry over the sessions of store with these names, which become one, as native keys
// find it; under a [Store] use [Import]. The store is that of the old application, of whatever package, with its keys, also those from before a
// rotation, and its Options; neither must change any more. Types that the old application has registered with encoding/gob must be
// registered here, too.
//
// Of one name the values are those of its session, by their keys; with more names the value under each name is the map of its session's, a
// map[string]any. A key that is no string is what [fmt.Sprint] makes of it. The cookies of a request name the new session together
// while it is imported, so name only sessions that the browser sends to the same paths.
//
// A cookie says when it was saved: Options.MaxAge of the store later is taken to be the session's deadline, of several sessions the earliest.
// When its user signed in is not known. A MaxAge that the application gave single sessions is not stored, so let the store's be the
// longest. With MaxAge 0 there is no deadline, and the new cookie ends with the browser, too. The cookies that browsers are to forget have the
// attributes of the store's Options.
//
// The cookies of a [sessions.CookieStore] are the sessions, and nothing can end them: all that is known of one is that it was imported.
// So an older cookie, from before an earlier Save, is another session to this, which is imported if it comes back before its deadline. And
// without encryption two visitors whose sessions were saved with the same values in the same second have the same cookie; with a user's ID
// in it both are that user. If all their cookies are the same they have one session between them, if both come within [driver.RenewalWindow];
// later the second one is anonymous. If only some are, the later one goes without the sessions of these. A session of a store that gives
// sessions an ID is imported once, by whatever cookie. Revoking a user's sessions ([atomicsession.Manager.RevokeAll]) refuses those that are
// still to be imported, too.
//
// What the store's New returns decides: a cookie that does not verify or has expired, and one whose session the store has not, names none.
// A session that cannot be decoded, such as one with a type that is not registered, is one that cannot be read. Any other error is
// [atomicsession.ErrUnavailable], also an EOF, by which a store that decodes by itself may mean that a record was cut off.
//
// Stores of this kind cannot be cancelled: a request waits for one as long as the store does, whatever StoreTimeout is. The importer is as
// safe for concurrent use as the store's New.
func NewImporter(store sessions.Store, name string, more ...string) atomicsession.Importer {
	return newImporter(store, append([]string{name}, more...))
}

func newImporter(store sessions.Store, names []string) *importer {
	i := &importer{store: store, names: names}
	for _, name := range i.names {
		options := &sessions.Options{Path: "/"}
		if session, _, _ := i.open(context.Background(), name, ""); session != nil && session.Options != nil {
			options = session.Options
		}
		i.cookies = append(i.cookies, sessions.NewCookie(name, "", options))
	}
	return i
}

// Credentials returns NAME=VALUE of each cookie.
func (i *importer) Credentials(r *http.Request) []string {
	var credentials []string
	for _, name := range i.names {
		if c, err := r.Cookie(name); err == nil && c.Value != "" && len(c.Value) <= maxCookie {
			credentials = append(credentials, name+"="+canonical(c.Value))
		}
	}
	return credentials
}

// canonical returns the one text of all that securecookie reads as the same: its base64 leaves bits of the last digit unused, and the MAC
// is of what was decoded.
func canonical(value string) string {
	b, err := base64.URLEncoding.DecodeString(value)
	if err != nil { // of a store of another kind
		return value
	}
	return base64.URLEncoding.EncodeToString(b)
}

// Load opens the sessions of all names. Of those that are gone it returns the IDs alone: another cookie may have brought them.
func (i *importer) Load(ctx context.Context, credentials []string) (*atomicsession.OldSession, error) {
	var old *atomicsession.OldSession
	var ids []string
	for _, credential := range credentials {
		name, value, _ := strings.Cut(credential, "=")
		session, known, err := i.open(ctx, name, value)
		if err != nil {
			return nil, err
		}
		if session != nil && session.ID != "" {
			ids = append(ids, name+"\x00"+session.ID)
		}
		if !known {
			continue
		}
		deadline := deadline(value, session.Options)
		if !deadline.IsZero() && !deadline.After(time.Now()) {
			continue
		}
		if old == nil {
			old = &atomicsession.OldSession{Values: i.none(), NonPersistent: true}
		}
		if err := i.put(old, name, session.Values); err != nil {
			return nil, err
		}
		old.Deadline = earlier(old.Deadline, deadline)
		old.NonPersistent = old.NonPersistent && session.Options != nil && session.Options.MaxAge == 0
	}
	if len(ids) > 0 {
		if old == nil {
			old = &atomicsession.OldSession{Values: i.none()}
		}
		old.IDs = ids
	}
	return old, nil
}

// End has the store delete the sessions.
func (i *importer) End(ctx context.Context, credentials []string) error {
	var failed []error
	for _, credential := range credentials {
		name, value, _ := strings.Cut(credential, "=")
		session, known, err := i.open(ctx, name, value)
		if errors.Is(err, atomicsession.ErrUnavailable) {
			failed = append(failed, err)
			continue
		}
		if !known && (session == nil || session.ID == "") {
			continue
		}
		options := sessions.Options{Path: "/"}
		if session.Options != nil {
			options = *session.Options
		}
		options.MaxAge = -1
		session.Options = &options
		if err := i.store.Save(request(ctx, name, value), discard{}, session); err != nil {
			failed = append(failed, unavailable(err))
		}
	}
	return errors.Join(failed...)
}

// Cookies returns a cookie for each name.
func (i *importer) Cookies() []*http.Cookie { return slices.Clone(i.cookies) }

// request returns one that brings this cookie alone, or none if value is "".
func request(ctx context.Context, name, value string) *http.Request {
	r := (&http.Request{Header: make(http.Header)}).WithContext(ctx)
	if value != "" {
		r.Header.Set("Cookie", name+"="+value)
	}
	return r
}

// none returns the values of a visitor who has no session.
func (i *importer) none() map[string]any {
	values := make(map[string]any)
	for _, name := range i.names {
		if i.whole {
			values[name] = map[any]any(nil)
		}
	}
	return values
}

// put puts those of a session there.
func (i *importer) put(old *atomicsession.OldSession, name string, values map[any]any) error {
	if i.whole {
		old.Values[name] = values
		return nil
	}
	flat, err := named(values)
	if len(i.names) == 1 {
		old.Values = flat
	} else {
		old.Values[name] = flat
	}
	return err
}

// named returns the values by the names of their keys.
func named(values map[any]any) (map[string]any, error) {
	result := make(map[string]any, len(values))
	for key, value := range values {
		name, ok := key.(string)
		if !ok {
			name = fmt.Sprint(key)
		}
		if _, taken := result[name]; taken {
			return nil, errors.New("gorilla: two keys of one name")
		}
		result[name] = value
	}
	return result, nil
}

// deadline returns when the session of a cookie of securecookie ends, zero if that is not known.
func deadline(value string, options *sessions.Options) time.Time {
	b, err := base64.URLEncoding.DecodeString(value)
	if err != nil || options == nil || options.MaxAge <= 0 {
		return time.Time{}
	}
	text, _, _ := strings.Cut(string(b), "|")
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(seconds, 0).Add(time.Duration(options.MaxAge) * time.Second)
}

// earlier returns the earlier of two times, of which zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// discard is a response that nobody gets.
type discard struct{}

func (discard) Header() http.Header         { return make(http.Header) }
func (discard) Write(p []byte) (int, error) { return len(p), nil }
func (discard) WriteHeader(int)             {}
