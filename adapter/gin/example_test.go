package ginsession_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/gin-gonic/gin"
)

func Example() {
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	engine := gin.New()
	engine.Use(gin.Recovery(), ginsession.Middleware(sessions), ginsession.Wrap(sessions.ProtectCSRF))
	engine.GET("/", func(c *gin.Context) {
		ctx := c.Request.Context()
		n, err := visits.Add(ctx, sessions.Get(ctx), 1)
		if err != nil {
			sessions.WriteError(c.Writer, c.Request, err)
			c.Abort()
			return
		}
		c.String(http.StatusOK, "visit %d", n)
	})

	request := httptest.NewRequest(http.MethodGet, "https://shop.example/", nil)
	for range 2 {
		response := httptest.NewRecorder()
		engine.ServeHTTP(response, request)
		fmt.Println(response.Body)
		for _, cookie := range response.Result().Cookies() {
			request.AddCookie(cookie)
		}
	}
	// Output:
	// visit 1
	// visit 2
}
