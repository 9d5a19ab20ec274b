package peer

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// Session is what the routes need of the session of a request.
type Session interface {
	// Text returns a field; "" if there is none.
	Text(name string) (string, error)
	// Set sets fields, in one call if the library has a call for several.
	Set(fields ...Field) error
	// Add adds one to a counter, and Count returns it.
	Add(name string) error
	Count(name string) (int64, error)
	// SignIn sets the field "user", and changes the session's token if the library can.
	SignIn(user string) error
	// SignOut ends the session.
	SignOut() error
	// Save ends a handler that has changed something, for libraries that do not save by themselves.
	Save() error
}

// queue is a session that can send with the response what code has changed that does not know of each other.
type queue interface {
	Later(f Field) error
}

// Field is a field of a session.
type Field struct{ Name, Text string }

// Fields is how many fields a filled session has.
const Fields = 10

// A route answers a request. A handler asks for the session first, as most do; those that need time take it then.
type route func(r request) (answer string, err error)

type request struct {
	query   func(name string) string
	session func() (Session, error)
}

var routes = map[string]route{
	"/unused": func(request) (string, error) { return "ok", nil },
	"/fill": func(r request) (string, error) {
		size, err := strconv.Atoi(r.query("size"))
		if err != nil {
			return "", err
		}
		return change(r, func(s Session) error { return s.Set(filling(size)...) })
	},
	"/read": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		text, err := s.Text("field0")
		if err == nil && text == "" {
			err = errors.New("the session is empty")
		}
		return "ok", err
	},
	"/write": func(r request) (string, error) {
		return change(r, func(s Session) error { return s.Set(Field{"seen", next()}) })
	},
	"/ten": func(r request) (string, error) {
		return change(r, func(s Session) error {
			set := func(f Field) error { return s.Set(f) }
			if q, ok := s.(queue); ok {
				set = q.Later
			}
			for _, name := range small {
				if err := set(Field{name, next()}); err != nil {
					return err
				}
			}
			return nil
		})
	},
	"/ten-in-one": func(r request) (string, error) {
		return change(r, func(s Session) error {
			fields := make([]Field, len(small))
			for i, name := range small {
				fields[i] = Field{name, next()}
			}
			return s.Set(fields...)
		})
	},
	"/add": func(r request) (string, error) {
		return change(r, func(s Session) error { return s.Add("count") })
	},
	"/own": func(r request) (string, error) {
		return change(r, func(s Session) error { return s.Set(Field{r.query("field"), next()}) })
	},
	"/count": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		n, err := s.Count("count")
		return strconv.FormatInt(n, 10), err
	},
	"/owned": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		return owned(s, r.query("clients"), r.query("requests"))
	},
	"/in": func(r request) (string, error) {
		return change(r, func(s Session) error { return s.SignIn("ann") })
	},
	"/slow": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		if user, err := s.Text("user"); err != nil || user == "" {
			return "nobody", err
		}
		pause(r)
		if err := s.Set(Field{"seen", next()}); err != nil {
			return "", err
		}
		return "ok", s.Save()
	},
	"/out": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		pause(r)
		return "ok", s.SignOut()
	},
	"/who": func(r request) (string, error) {
		s, err := r.session()
		if err != nil {
			return "", err
		}
		user, err := s.Text("user")
		if err != nil {
			return "", err
		}
		seen, err := s.Text("seen")
		return user + seen, err
	},
}

// change is a handler that changes the session.
func change(r request, f func(Session) error) (string, error) {
	s, err := r.session()
	if err != nil {
		return "", err
	}
	pause(r)
	if err := f(s); err != nil {
		return "", err
	}
	return "ok", s.Save()
}

// pause is the work that a handler does beside its session.
func pause(r request) {
	if d, err := time.ParseDuration(r.query("think")); err == nil && d > 0 {
		time.Sleep(d)
	}
}

// OwnField is the field that the i-th client sets with its n-th request.
func OwnField(i, n int) string { return fmt.Sprintf("own%d-%d", i, n) }

// owned counts the fields that clients have set by /own.
func owned(s Session, clients, requests string) (string, error) {
	c, err := strconv.Atoi(clients)
	if err != nil {
		return "", err
	}
	n, err := strconv.Atoi(requests)
	if err != nil {
		return "", err
	}
	kept := 0
	for i := range c {
		for j := range n {
			text, err := s.Text(OwnField(i, j))
			if err != nil {
				return "", err
			}
			if text != "" {
				kept++
			}
		}
	}
	return strconv.Itoa(kept), nil
}

// small are the fields that /ten sets.
var small = []string{"ten0", "ten1", "ten2", "ten3", "ten4", "ten5", "ten6", "ten7", "ten8", "ten9"}

var last atomic.Int64

// next returns a text that was not there before, always of one length: some stores skip a write that changes nothing.
func next() string { return strconv.FormatInt(1e12+last.Add(1), 10) }

// filling returns the fields of a session of about size bytes. Random, since some stores compress.
func filling(size int) []Field {
	fields := make([]Field, Fields)
	text := make([]byte, (size+Fields-1)/Fields*3/4+1)
	for i := range fields {
		rand.Read(text)
		fields[i] = Field{fmt.Sprint("field", i), base64.RawStdEncoding.EncodeToString(text)}
	}
	return fields
}

// serve returns the application as a handler. open returns the session of a request.
func serve(open func(http.ResponseWriter, *http.Request) (Session, error)) http.Handler {
	mux := http.NewServeMux()
	for path, route := range routes {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			answer, err := route(request{
				query:   func(name string) string { return queryOf(r.URL, name) },
				session: func() (Session, error) { return open(w, r) },
			})
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
				return
			}
			_, _ = io.WriteString(w, answer)
		})
	}
	return mux
}

func queryOf(u *url.URL, name string) string {
	if u.RawQuery == "" {
		return ""
	}
	return u.Query().Get(name)
}
