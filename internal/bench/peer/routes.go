package peer

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"sync/atomic"
	"time"
)

// Session is what the routes that are timed need of the session of a request.
type Session interface {
	// Text returns a field; "" if there is none.
	Text(name string) (string, error)
	// Set sets fields, in one call if the library has a call for several.
	Set(fields ...Field) error
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

// timed are the routes that are timed.
var timed = map[string]route{
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
}

func routes() map[string]route {
	all := maps.Clone(timed)
	maps.Copy(all, raced)
	return all
}

// change is a handler that changes the session.
func change(r request, f func(Session) error) (string, error) {
	s, err := r.session()
	if err != nil {
		return "", err
	}
	if err := f(s); err != nil {
		return "", err
	}
	return "ok", s.Save()
}

// pause is the work that a handler does beside its session: so many milliseconds.
func pause(r request) {
	if n, err := strconv.Atoi(r.query("d") + r.query("ms")); err == nil && n > 0 {
		time.Sleep(time.Duration(n) * time.Millisecond)
	}
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

// errNotOffered is what a library has no way to do.
var errNotOffered = errors.New("not offered")

// answer carries out a route. status tells what an error of the library means.
func answer(route route, r request, status func(error) int) (code int, body string) {
	body, err := route(r)
	switch {
	case err == nil:
		return http.StatusOK, body
	case errors.Is(err, errNotOffered):
		return http.StatusNotImplemented, err.Error()
	}
	return status(err), err.Error()
}

func failed(error) int { return http.StatusInternalServerError }

// serve returns the application as a handler. open returns the session of a request.
func serve(open func(http.ResponseWriter, *http.Request) (Session, error), status func(error) int) http.Handler {
	mux := http.NewServeMux()
	for path, route := range routes() {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			code, body := answer(route, request{
				query:   func(name string) string { return queryOf(r.URL, name) },
				session: func() (Session, error) { return open(w, r) },
			}, status)
			if code != http.StatusOK {
				http.Error(w, body, code)
				return
			}
			_, _ = io.WriteString(w, body)
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
