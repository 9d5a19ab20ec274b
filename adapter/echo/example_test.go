package echosession_test

import (
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
	echosession "github.com/atomicsession/atomicsession/adapter/echo"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/labstack/echo/v5"
	"github.com/labstack/echo/v5/middleware"
)

func Example() {
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	e := echo.New()
	e.Use(middleware.Recover(), echosession.Middleware(sessions), echo.WrapMiddleware(sessions.ProtectCSRF))
	e.GET("/", func(c *echo.Context) error {
		ctx := c.Request().Context()
		n, err := visits.Add(ctx, sessions.Get(ctx), 1)
		if err != nil {
			sessions.WriteError(c.Response(), c.Request(), err)
			return nil
		}
		return c.String(http.StatusOK, fmt.Sprintf("visit %d", n))
	})

	request := httptest.NewRequest(http.MethodGet, "https://shop.example/", nil)
	for range 2 {
		response := httptest.NewRecorder()
		e.ServeHTTP(response, request)
		fmt.Println(response.Body)
		for _, cookie := range response.Result().Cookies() {
			request.AddCookie(cookie)
		}
	}
	// Output:
	// visit 1
	// visit 2
}
