package peer

import "encoding/json"

// Racer is a session that can do all that is raced.
type Racer interface {
	Session
	// Add adds one to a counter, and Count returns it.
	Add(name string) error
	Count(name string) (int64, error)
	// Take reads and removes a field; "" if there is none.
	Take(name string) (string, error)
	// Fields returns all fields that are texts, in a map of the caller's own.
	Fields() (map[string]string, error)
	// SignIn sets the field "user", and changes the session's ID if the library can.
	SignIn(user string) error
	// SignOut ends the session.
	SignOut() error
}

// renewer is a session that can get another ID, and nothing else.
type renewer interface{ Renew() error }

// revoker is a session that can end all others of its user.
type revoker interface{ RevokeOthers() error }

// raced are the routes of the contract of internal/races.
var raced = map[string]route{
	"/inc":   racing(func(s Racer, _ request) (string, error) { return "", s.Add("n") }),
	"/set":   racing(func(s Racer, r request) (string, error) { return "", s.Set(Field{r.query("k"), r.query("v")}) }),
	"/take":  racing(func(s Racer, _ request) (string, error) { return s.Take("code") }),
	"/slow":  racing(func(s Racer, _ request) (string, error) { return "", s.Set(Field{"slow", next()}) }),
	"/login": racing(func(s Racer, r request) (string, error) { return "", s.SignIn(r.query("u")) }),
	"/renew": racing(func(s Racer, _ request) (string, error) {
		if s, ok := s.(renewer); ok {
			return "", s.Renew()
		}
		return "", errNotOffered
	}),
	"/revoke": racing(func(s Racer, _ request) (string, error) {
		if s, ok := s.(revoker); ok {
			return "", s.RevokeOthers()
		}
		return "", errNotOffered
	}),
	"/logout": func(r request) (string, error) {
		s, _, err := visit(r)
		if err != nil {
			return "", err
		}
		return "", s.SignOut()
	},
	"/page": func(r request) (string, error) {
		_, user, err := visit(r)
		return user, err
	},
	"/state": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		return state(s.(Racer))
	},
}

// racing is a handler that changes the session.
func racing(f func(Racer, request) (string, error)) route {
	return func(r request) (string, error) {
		s, _, err := visit(r)
		if err != nil {
			return "", err
		}
		body, err := f(s, r)
		if err != nil {
			return "", err
		}
		return body, s.Save()
	}
}

// visit is how every handler begins: it looks who is signed in, and works.
func visit(r request) (s Racer, user string, err error) {
	session, err := r.session()
	if err != nil {
		return nil, "", err
	}
	user, err = session.Text("user")
	pause(r)
	return session.(Racer), user, err
}

// state tells what the session holds.
func state(s Racer) (string, error) {
	fields, err := s.Fields()
	if err != nil {
		return "", err
	}
	n, err := s.Count("n")
	if err != nil {
		return "", err
	}
	user := fields["user"]
	delete(fields, "user")
	text, err := json.Marshal(map[string]any{"user": user, "n": n, "fields": fields})
	return string(text), err
}
