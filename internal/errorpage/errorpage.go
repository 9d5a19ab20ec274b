// Package errorpage is the page that a visitor sees instead of a status.
package errorpage

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"strconv"
)

// Page is what a visitor sees.
type Page struct {
	Status int
	Text   string // if it waits
	Moves  bool   // goes on by itself
	Delay  int    // after so many seconds
	Back   string // where it goes on to; "" is the same document
	SignIn string // "" if there is nowhere to sign in
}

const pagePolicy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"

// Write answers a request with the page; HEAD without its text.
func (p Page) Write(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", pagePolicy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	if r.Method != http.MethodHead {
		_, _ = io.WriteString(w, p.html())
	}
}

func (p Page) html() string {
	back := html.EscapeString(p.Back)
	title, text, meta := "Please try again", p.Text, ""
	links := fmt.Sprintf(`<a href="%s">Try again</a>`, back)
	switch {
	case p.Moves:
		title, text = "One moment", "This page goes on by itself. Nothing was changed."
		meta = fmt.Sprintf("<meta http-equiv=\"refresh\" content=\"%s\">\n", Refresh(p.Delay, back))
		links = fmt.Sprintf(`<a href="%s">Go on</a>`, back)
	case p.SignIn != "":
		links += fmt.Sprintf(` or <a href="%s">Sign in</a>`, html.EscapeString(p.SignIn))
	}
	return fmt.Sprintf(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
%s<title>%s</title>
<style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:15vh auto;padding:0 1rem}</style>
</head>
<body>
<h1>%[2]s</h1>
<p>%[3]s</p>
<p>%[4]s</p>
</body>
</html>
`, meta, title, text, links)
}

// Refresh is what the header Refresh, or a meta element in its place, says to a browser that is to go to target after so many seconds; ""
// is the same document.
func Refresh(seconds int, target string) string {
	text := strconv.Itoa(seconds)
	if target != "" {
		text += "; url=" + target
	}
	return text
}
