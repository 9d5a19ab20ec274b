package peer

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net/http"
	"strconv"
	"time"

	"github.com/zerodha/simplesessions/stores/postgres/v3"
	"github.com/zerodha/simplesessions/v3"
)

// simplePostgres uses the library's own store for PostgreSQL, with the driver that it brings.
func simplePostgres(ctx context.Context, url, place string) (simplesessions.Store, func(), error) {
	db, err := sql.Open("postgres", url+"&search_path="+place)
	if err != nil {
		return nil, nil, err
	}
	closeStore := func() { _ = db.Close() }
	db.SetMaxOpenConns(sqlConns)
	db.SetMaxIdleConns(sqlConns)
	_, err = db.ExecContext(ctx, `
		CREATE SCHEMA IF NOT EXISTS `+place+`;
		CREATE TABLE IF NOT EXISTS sessions (
			id TEXT NOT NULL PRIMARY KEY, data jsonb DEFAULT '{}'::jsonb NOT NULL,
			created_at timestamp without time zone DEFAULT now() NOT NULL);
		CREATE INDEX IF NOT EXISTS idx_sessions ON sessions (id, created_at)`)
	if err != nil {
		closeStore()
		return nil, nil, err
	}
	store, err := postgres.New(postgres.Opt{TTL: 14 * 24 * time.Hour}, db)
	if err != nil {
		closeStore()
		return nil, nil, err
	}
	return store, closeStore, nil
}

func openSimple(open func(ctx context.Context, url, place string) (simplesessions.Store, func(), error)) opener {
	return func(ctx context.Context, url, place string) (*App, error) {
		store, closeStore, err := open(ctx, url, place)
		if err != nil {
			return nil, err
		}
		sessions := simplesessions.New(simplesessions.Options{
			EnableAutoCreate: true,
			Cookie:           simplesessions.CookieOptions{IsHTTPOnly: true, IsSecure: true, MaxAge: 14 * 24 * time.Hour},
		})
		sessions.UseStore(store)
		sessions.SetCookieHooks(
			func(name string, r any) (*http.Cookie, error) { return r.(*http.Request).Cookie(name) },
			func(c *http.Cookie, w any) error {
				http.SetCookie(w.(http.ResponseWriter), c)
				return nil
			})
		handler := serve(func(w http.ResponseWriter, r *http.Request) (Session, error) {
			s, err := sessions.Acquire(r.Context(), r, w)
			return &simpleSession{sessions, s, w, r}, err
		}, func(err error) int {
			if errors.Is(err, simplesessions.ErrInvalidSession) { // it has ended meanwhile, and nothing has been changed
				return http.StatusGone
			}
			return failed(err)
		})
		return &App{Handler: handler, Close: closeStore}, nil
	}
}

type simpleSession struct {
	m *simplesessions.Manager
	s *simplesessions.Session
	w http.ResponseWriter
	r *http.Request
}

func (s *simpleSession) Text(name string) (string, error) {
	value, err := s.s.Get(name)
	if errors.Is(err, simplesessions.ErrInvalidSession) { // its documentation: handle this and create a new session
		s.s, err = s.m.NewSession(s.r, s.w)
		value = nil
	}
	if err != nil || value == nil {
		return "", err
	}
	return s.s.String(value, nil)
}

func (s *simpleSession) Set(fields ...Field) error {
	if len(fields) == 1 {
		return s.s.Set(fields[0].Name, fields[0].Text)
	}
	values := make(map[string]any, len(fields))
	for _, f := range fields {
		values[f.Name] = f.Text
	}
	return s.s.SetMulti(values)
}

func (s *simpleSession) Add(name string) error {
	n, err := s.Count(name)
	if err != nil {
		return err
	}
	return s.s.Set(name, strconv.FormatInt(n+1, 10))
}

func (s *simpleSession) Count(name string) (int64, error) {
	text, err := s.Text(name)
	if err != nil || text == "" {
		return 0, err
	}
	return strconv.ParseInt(text, 10, 64)
}

func (s *simpleSession) Take(name string) (string, error) {
	text, err := s.Text(name)
	if err != nil || text == "" {
		return "", err
	}
	return text, s.s.Delete(name)
}

// all is what the session holds, also if there is none: that of PostgreSQL says so in words of its own.
func (s *simpleSession) all() (map[string]any, error) {
	fields, err := s.s.GetAll()
	if errors.Is(err, simplesessions.ErrInvalidSession) || errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return fields, err
}

func (s *simpleSession) Fields() (map[string]string, error) {
	all, err := s.all()
	fields := make(map[string]string, len(all))
	for name, value := range all {
		if text, err := s.s.String(value, nil); err == nil && name != "n" {
			fields[name] = text
		}
	}
	return fields, err
}

// SignIn begins another session, since the library has nothing to change the token, and carries the fields over.
func (s *simpleSession) SignIn(user string) error {
	fields, err := s.all()
	if err != nil {
		return err
	}
	fresh, err := s.m.NewSession(s.r, s.w)
	if err != nil {
		return err
	}
	kept := map[string]any{}
	maps.Copy(kept, fields)
	kept["user"] = user
	return errors.Join(s.s.Destroy(), fresh.WriteCookie(fresh.ID()), fresh.SetMulti(kept))
}

func (s *simpleSession) SignOut() error { return s.s.Destroy() }

func (*simpleSession) Save() error { return nil }
