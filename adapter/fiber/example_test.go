package fibersession_test

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/adapter/fiber"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/gofiber/fiber/v3"
)

// A handler that counts a visitor's views, and a browser that visits it three times.
func Example() {
	sessions, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		log.Fatal(err)
	}
	views := atomicsession.NewCounter("views")
	app := fiber.New()
	app.Use(fibersession.Middleware(sessions), fibersession.Wrap(sessions.ProtectCSRF))
	app.Get("/", func(c fiber.Ctx) error {
		n, err := views.Add(c.Context(), sessions.Get(c.Context()), 1)
		if err != nil {
			return fibersession.WriteError(c, sessions, err)
		}
		return c.SendString(fmt.Sprintf("view %d\n", n))
	})

	var cookies []*http.Cookie
	for range 3 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		for _, cookie := range cookies {
			r.AddCookie(cookie)
		}
		resp, err := app.Test(r)
		if err != nil {
			log.Fatal(err)
		}
		text, _ := io.ReadAll(resp.Body)
		fmt.Print(string(text))
		cookies = append(cookies, resp.Cookies()...)
	}
	// Output:
	// view 1
	// view 2
	// view 3
}
