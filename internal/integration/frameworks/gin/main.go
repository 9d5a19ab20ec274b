package main

import (
	"html/template"
	"log"
	"net/http"

	"github.com/atomicsession/atomicsession"
	ginsession "github.com/atomicsession/atomicsession/adapter/gin"
	"github.com/atomicsession/atomicsession/memstore"
	"github.com/gin-gonic/gin"
)

var (
	visits   = atomicsession.NewCounter("visits")
	userName = atomicsession.NewKey[string]("name")
	page     = template.Must(template.New("page").Parse(`<p>Hello {{.Name}}, visit {{.Visits}}</p>
<form method="post" action="/note"><input name="csrf_token" type="hidden" value="{{.Token}}"><input name="note"><button>Send</button></form>
`))
	sessions *atomicsession.Manager
)

func main() {
	var err error
	sessions, err = atomicsession.New(memstore.New(nil), &atomicsession.Options{
		SignIn: "/sign-in",
		Cookie: atomicsession.CookieOptions{InsecureHTTP: true}, // for plain HTTP: production leaves it out
	})
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", newHandler()))
}

func newHandler() http.Handler {
	engine := gin.New()
	engine.SetHTMLTemplate(page)
	engine.Use(gin.Logger(), gin.Recovery(), ginsession.Middleware(sessions), ginsession.Wrap(sessions.ProtectCSRF))
	engine.GET("/sign-in", signIn)
	engine.GET("/", requireUser, home)
	engine.POST("/note", requireUser, note)
	return engine
}

// signIn stands for a page that asks for a password.
func signIn(c *gin.Context) {
	ctx := c.Request.Context()
	if err := sessions.Get(ctx).Renew(ctx, atomicsession.User("1"), userName.Set("Ada")); err != nil {
		fail(c, err)
		return
	}
	c.Redirect(http.StatusSeeOther, "/")
}

// requireUser leads visitors who are not signed in to the sign-in, also those whose session has ended meanwhile.
func requireUser(c *gin.Context) {
	ctx := c.Request.Context()
	user, err := sessions.Get(ctx).User(ctx)
	switch {
	case err != nil:
		fail(c, err)
	case user == "":
		c.Redirect(http.StatusSeeOther, "/sign-in")
		c.Abort()
	}
}

func home(c *gin.Context) {
	ctx := c.Request.Context()
	s := sessions.Get(ctx)
	n, err := visits.Add(ctx, s, 1)
	if err != nil {
		fail(c, err)
		return
	}
	name, _, err := userName.Get(ctx, s)
	if err != nil {
		fail(c, err)
		return
	}
	token, err := s.CSRFToken(ctx)
	if err != nil {
		fail(c, err)
		return
	}
	c.HTML(http.StatusOK, "page", gin.H{"Name": name, "Visits": n, "Token": token})
}

// note is behind ProtectCSRF, as all that is not GET.
func note(c *gin.Context) {
	c.String(http.StatusOK, "noted: %s", c.PostForm("note"))
}

// fail answers what the session's error means, and lets no other handler answer.
func fail(c *gin.Context, err error) {
	sessions.WriteError(c.Writer, c.Request, err)
	c.Abort()
}
