package peer

import (
	"context"
	"net/url"

	"github.com/gin-contrib/sessions"
	"github.com/gin-contrib/sessions/cookie"
	"github.com/gin-contrib/sessions/redis"
	"github.com/gin-gonic/gin"
	gorilla "github.com/gorilla/sessions"
)

func ginCookie(string) (sessions.Store, error) { return cookie.NewStore(cookieKey), nil }

func ginRedis(text string) (sessions.Store, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, err
	}
	password, _ := u.User.Password()
	return redis.NewStore(10, "tcp", u.Host, u.User.Username(), password, cookieKey)
}

// openGin has a prefix of the library's own instead of a place: nobody else uses it.
func openGin(open func(url string) (sessions.Store, error)) opener {
	return func(_ context.Context, url, _ string) (*App, error) {
		store, err := open(url)
		if err != nil {
			return nil, err
		}
		store.Options(sessions.Options{Path: "/", MaxAge: 14 * 24 * 60 * 60, HttpOnly: true, Secure: true})
		gin.SetMode(gin.ReleaseMode)
		e := gin.New()
		e.Use(sessions.Sessions("session", store))
		for path, route := range routes() {
			e.Any(path, func(c *gin.Context) {
				code, body := answer(route, request{
					query:   c.Query,
					session: func() (Session, error) { return ginSession{sessions.Default(c)}, nil },
				}, failed)
				c.String(code, "%s", body)
			})
		}
		return &App{Handler: e, Close: func() {}}, nil
	}
}

type ginSession struct{ s sessions.Session }

func (g ginSession) Text(name string) (string, error) {
	text, _ := g.s.Get(name).(string)
	return text, nil
}

func (g ginSession) Set(fields ...Field) error {
	for _, f := range fields {
		g.s.Set(f.Name, f.Text)
	}
	return nil
}

func (g ginSession) Add(name string) error {
	n, err := g.Count(name)
	g.s.Set(name, n+1)
	return err
}

func (g ginSession) Count(name string) (int64, error) {
	n, _ := g.s.Get(name).(int64)
	return n, nil
}

func (g ginSession) Take(name string) (string, error) {
	text, err := g.Text(name)
	g.s.Delete(name)
	return text, err
}

// Fields asks the session below: the library does not list fields.
func (g ginSession) Fields() (map[string]string, error) {
	below := gorillaSession{s: g.s.(interface{ Session() *gorilla.Session }).Session()}
	return below.Fields()
}

// SignIn cannot change the token: the library has nothing for it.
func (g ginSession) SignIn(user string) error {
	g.s.Set("user", user)
	return nil
}

func (g ginSession) SignOut() error {
	g.s.Clear()
	g.s.Options(sessions.Options{Path: "/", MaxAge: -1})
	return g.s.Save()
}

func (g ginSession) Save() error { return g.s.Save() }
