package gorillabridge

import (
	"crypto/rand"

	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// Import returns what a manager under a [Store] needs in its [atomicsession.Options], so that the sessions of old with these names go on: each with
// the keys and values it had, also those whose key is no string, with their Go types, and with its flashes. IsNew is false. The key is
// that of [atomicsession.Import], and what [NewImporter] says of the old store, its names and its cookies holds here, too. For several
// old stores write one whose New and Save choose among them by the name. A session under a name that is not given here is not carried
// over, and its cookie stays.
//
// Handlers must get their session before they write, since the first answer carries the new cookie. The cookie of the manager must have another
// name than the old ones: with InsecureHTTP or SecureRequest an application with a session
// "session" sets [atomicsession.CookieOptions].Name.
//
// Whom a session belongs to is for applications that sign in by [atomicsession.Session.SignIn] of the manager's session, and out by Destroy: then
// the manager knows the users of old sessions, too, and ends them with the others. They set User of what Import returns. The value under
// each name is the session's Values, a map[any]any, which is nil if the visitor has none of that name:
//
//	move.User = func(old atomicsession.OldSession) string {
//		id, _ := old.Values["auth"].(map[any]any)["user_id"].(string)
//		return id
//	}
func Import(old sessions.Store, key atomicsession.SigningKey, name string, more ...string) *atomicsession.Import {
	from := newImporter(old, append([]string{name}, more...))
	from.whole = true
	return &atomicsession.Import{From: from, Key: key, Changes: saves}
}

// saves returns what Save makes of each session, as a name that is new.
func saves(old atomicsession.OldSession) ([]atomicsession.Change, error) {
	var changes []atomicsession.Change
	for name, values := range old.Values {
		values := values.(map[any]any)
		if values == nil {
			continue
		}
		entries, err := encode(values)
		if err != nil {
			return nil, err
		}
		entries[idEntry] = driver.StringValue(rand.Text())
		changes = append(changes, place(name).Set(entries)) // one change, however many entries
	}
	return changes, nil
}
