package crowd

import (
	"encoding/gob"
	"fmt"
	"net/http"
	"time"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	"github.com/gomodule/redigo/redis"
	"github.com/gorilla/sessions"

	"github.com/atomicsession/atomicsession"
	gorillabridge "github.com/atomicsession/atomicsession/bridge/gorilla"
	scsbridge "github.com/atomicsession/atomicsession/bridge/scs"
)

// cart is a type of both applications.
type cart struct{ Items map[string]int }

func init() { gob.RegisterName("crowd.cart", cart{}) }

const firstCount = 3

// values returns what the old application puts into the session of a user.
func values(user string) map[string]any {
	return map[string]any{"user": user, "cart": cart{map[string]int{"tea": 2}}, "count": firstCount}
}

// old is the application before the move.
type old struct {
	importer atomicsession.Importer
	signIn   http.Handler // of the user that the query names
	stored   func() (int, error)
	close    func()
}

func openOld(c *config) (*old, error) {
	switch c.Old {
	case "scs":
		return openSCS(c), nil
	case "gorilla":
		return openGorilla(), nil
	}
	return nil, fmt.Errorf("no library %q", c.Old)
}

// openSCS keeps the sessions in Redis.
func openSCS(c *config) *old {
	pool := &redis.Pool{MaxIdle: 8, Dial: func() (redis.Conn, error) { return redis.DialURL(c.Redis) }}
	prefix := c.Place + "_old:"
	sm := scs.New()
	sm.Store = redisstore.NewWithPrefix(pool, prefix)
	return &old{
		importer: scsbridge.NewImporter(sm),
		signIn: sm.LoadAndSave(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			for name, value := range values(r.FormValue("user")) {
				sm.Put(r.Context(), name, value)
			}
		})),
		stored: func() (int, error) {
			conn := pool.Get()
			defer conn.Close()
			names, err := redis.Strings(conn.Do("KEYS", prefix+"*"))
			return len(names), err
		},
		close: func() { pool.Close() },
	}
}

// openGorilla keeps the sessions in cookies.
func openGorilla() *old {
	store := sessions.NewCookieStore([]byte("crowd, which signs what it stores"))
	store.Options = &sessions.Options{Path: "/", HttpOnly: true}
	store.MaxAge(int((7 * 24 * time.Hour).Seconds()))
	return &old{
		importer: gorillabridge.NewImporter(store, "account"),
		signIn: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			session, err := store.New(r, "account")
			for name, value := range values(r.FormValue("user")) {
				session.Values[name] = value
			}
			if err == nil {
				err = session.Save(r, w)
			}
			if err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
		}),
		stored: func() (int, error) { return 0, nil },
		close:  func() {},
	}
}
