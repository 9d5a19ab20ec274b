// Package guide has the code of docs/migrating.md, so that it compiles.
package guide

import (
	"net/http"
	"strconv"

	"github.com/alexedwards/scs/redisstore"
	"github.com/alexedwards/scs/v2"
	gincontrib "github.com/gin-contrib/sessions"
	"github.com/gin-gonic/gin"
	"github.com/gomodule/redigo/redis"
	"github.com/gorilla/sessions"
	"github.com/labstack/echo-contrib/session"
	"github.com/labstack/echo/v4"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/bridge/scs"
	"github.com/atomicsession/atomicsession/driver"
)

// TwoLinesSCS is the section of that name, as the others are.
func TwoLinesSCS(store driver.Store, pool *redis.Pool) *scs.SessionManager {
	sm := scs.New()                 // as before, with all its options
	sm.Store = redisstore.New(pool) // as before: where the sessions are today
	b := scsbridge.Use(sm, store, &scsbridge.Options{From: sm.Store})
	sm.ErrorFunc = b.ErrorFunc // answers what is refused; or your own
	return sm
}

// TwoLinesGorilla is for gorilla/sessions and all that is built on it.
func TwoLinesGorilla(
	store driver.Store, router http.Handler, keys [][]byte, importKey atomicsession.SigningKey,
) (http.Handler, *gorillabridge.Store, error) {
	old := sessions.NewCookieStore(keys...) // as before; or redistore, pgstore, a FilesystemStore
	manager, err := atomicsession.New(store, &atomicsession.Options{
		Import: gorillabridge.Import(old, importKey, "auth", "cart"),
	})
	if err != nil {
		return nil, nil, err
	}
	sessionStore := gorillabridge.New(manager) // what the handlers use; gothic.Store = sessionStore
	return manager.Middleware(router), sessionStore, nil
}

// Gin is for gin-contrib/sessions.
func Gin(manager *atomicsession.Manager, sessionStore *gorillabridge.Store) http.Handler {
	router := gin.New()
	router.Use(gincontrib.Sessions("mysession", gorillabridge.Gin[gincontrib.Options](sessionStore)))
	return manager.Middleware(router)
}

// Echo is for echo-contrib's session, of echo v4.
func Echo(manager *atomicsession.Manager, sessionStore *gorillabridge.Store) http.Handler {
	e := echo.New()
	e.Use(session.Middleware(sessionStore))
	return manager.Middleware(e)
}

// OneEvening moves to this library's own API.
func OneEvening(store driver.Store, sm *scs.SessionManager, importKey atomicsession.SigningKey) (*atomicsession.Manager, error) {
	return atomicsession.New(store, &atomicsession.Options{Import: &atomicsession.Import{
		From: scsbridge.NewImporter(sm), // or gorillabridge.NewImporter(old, "auth")
		Key:  importKey,                 // 32 random bytes, the same on all servers
		User: func(old atomicsession.OldSession) string { // who is signed in, if that stands in the session
			id, ok := old.Values["userID"].(int)
			if !ok {
				return ""
			}
			return strconv.Itoa(id)
		},
	}})
}
