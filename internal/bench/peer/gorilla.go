package peer

import (
	"context"
	"errors"
	"net/http"

	"github.com/gorilla/securecookie"
	"github.com/gorilla/sessions"
	"github.com/rbcervilla/redisstore/v9"
)

// cookieOptions are those of every gorilla store here.
var cookieOptions = sessions.Options{Path: "/", MaxAge: 14 * 24 * 60 * 60, HttpOnly: true, Secure: true}

// cookieKey signs the cookies of libraries that sign them.
var cookieKey = []byte("a key for this comparison alone ")

func gorillaRedis(ctx context.Context, url, place string) (sessions.Store, func(), error) {
	client, err := goRedis(url)
	if err != nil {
		return nil, nil, err
	}
	store, err := redisstore.NewRedisStore(ctx, client)
	if err != nil {
		_ = client.Close()
		return nil, nil, err
	}
	store.KeyPrefix(place + ":")
	store.Options(cookieOptions)
	return store, func() { _ = client.Close() }, nil
}

func gorillaCookie(context.Context, string, string) (sessions.Store, func(), error) {
	store := sessions.NewCookieStore(cookieKey)
	store.Options = new(cookieOptions)
	return store, func() {}, nil
}

func openGorilla(open func(ctx context.Context, url, place string) (sessions.Store, func(), error)) opener {
	return func(ctx context.Context, url, place string) (*App, error) {
		store, closeStore, err := open(ctx, url, place)
		if err != nil {
			return nil, err
		}
		return &App{Handler: serveGorilla(store, failed), Close: closeStore}, nil
	}
}

func serveGorilla(store sessions.Store, status func(error) int) http.Handler {
	return serve(func(w http.ResponseWriter, r *http.Request) (Session, error) {
		s, err := store.Get(r, "session")
		if bad := securecookie.Error(nil); errors.As(err, &bad) && bad.IsDecode() {
			err = nil // then the session is empty, as its documentation recommends to go on with
		}
		return &gorillaSession{w, r, s}, err
	}, status)
}

type gorillaSession struct {
	w http.ResponseWriter
	r *http.Request
	s *sessions.Session
}

func (g *gorillaSession) Text(name string) (string, error) {
	text, _ := g.s.Values[name].(string)
	return text, nil
}

func (g *gorillaSession) Set(fields ...Field) error {
	for _, f := range fields {
		g.s.Values[f.Name] = f.Text
	}
	return nil
}

func (g *gorillaSession) Add(name string) error {
	n, err := g.Count(name)
	g.s.Values[name] = n + 1
	return err
}

func (g *gorillaSession) Count(name string) (int64, error) {
	n, _ := g.s.Values[name].(int64)
	return n, nil
}

func (g *gorillaSession) Take(name string) (string, error) {
	text, err := g.Text(name)
	delete(g.s.Values, name)
	return text, err
}

func (g *gorillaSession) Fields() (map[string]string, error) {
	fields := make(map[string]string, len(g.s.Values))
	for name, value := range g.s.Values {
		if text, ok := value.(string); ok {
			fields[name.(string)] = text
		}
	}
	return fields, nil
}

// SignIn cannot change the token: the library has nothing for it.
func (g *gorillaSession) SignIn(user string) error {
	g.s.Values["user"] = user
	return nil
}

func (g *gorillaSession) SignOut() error {
	g.s.Options.MaxAge = -1
	return g.Save()
}

func (g *gorillaSession) Save() error { return g.s.Save(g.r, g.w) }
