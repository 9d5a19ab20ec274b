package devices_test

import (
	"bytes"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestNewRefuses(t *testing.T) {
	m, err := atomicsession.New(memstore.New(nil), nil)
	if err != nil {
		t.Fatal(err)
	}
	broken := func(text string) *devices.Options {
		return &devices.Options{Template: template.Must(template.New("").Parse(text))}
	}
	for name, c := range map[string]struct {
		m    *atomicsession.Manager
		opts *devices.Options
		want string
	}{
		"no manager":                  {nil, nil, "no manager"},
		"negative":                    {m, &devices.Options{Within: -time.Hour}, "Within"},
		"too short":                   {m, &devices.Options{Within: time.Microsecond}, "Within"},
		"a field that no page has":    {m, broken("{{.Nothing}}"), "Template"},
		"a field that no list has":    {m, broken("{{range .Devices}}{{.Nothing}}{{end}}"), "Template"},
		"a field of no question":      {m, broken("{{with .Confirm}}{{.Nothing}}{{end}}"), "Template"},
		"nothing where problems are":  {m, broken("{{if .Problem}}{{.Nothing}}{{end}}"), "Template"},
		"nothing where methods are":   {m, broken("{{range .Devices}}{{range .Methods}}{{.Nothing}}{{end}}{{end}}"), "Template"},
		"nothing where more is":       {m, broken("{{if .More}}{{.Nothing}}{{end}}"), "Template"},
		"a template of what is unset": {m, broken(`{{template "other"}}`), "Template"},
	} {
		h, err := devices.New(c.m, c.opts)
		if h != nil || err == nil || !strings.HasPrefix(err.Error(), "devices: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := devices.New(m, nil); err != nil {
		t.Errorf("nil options: %v", err)
	}
}

func TestOwnTexts(t *testing.T) {
	s := newSite(t, &devices.Options{Texts: devices.Texts{
		Lang: "de", Title: "Deine Geräte", SignOut: "Abmelden", Name: func(browser, system string) string { return browser + " unter " + system },
		DoneOne: func(name string) string { return name + " ist abgemeldet" },
	}})
	s.signedIn(chrome, "ann")
	b := s.signedIn(firefox, "ann")
	a := b.want(b.get(path), http.StatusOK, "Deine Geräte", "Firefox unter Linux", "Abmelden", "Last used")
	if !strings.Contains(a.body, `<html lang="de"`) {
		t.Error(a.body)
	}
	b.want(b.shown(b.confirmed(a.links()[0])), http.StatusOK, "Chrome unter Android ist abgemeldet")
}

func TestOwnTemplate(t *testing.T) {
	s := newSite(t, &devices.Options{Template: template.Must(template.New("").Parse(`<body>{{.Status}} {{.Problem}}{{.Notice}}
{{- range .Devices}}[{{.Name}} {{.Kind}} {{.LastUsed.Ago}} {{with .SignOut}}<a href="{{.}}">x</a>{{end}}]{{end}}
{{- with .Confirm}}{{.Question}}<input type="hidden" name="{{.CSRFField}}" value="{{.CSRFToken}}">
<input type="hidden" name="device" value="{{.Device}}">{{end}}`))})
	s.signedIn(chrome, "ann", "label=<i>")
	b := s.signedIn(firefox, "ann")
	a := b.want(b.get(path), http.StatusOK, "200", "[Firefox on Linux computer just now ][<i> phone just now x ]")
	if got := a.header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'none'") || !strings.Contains(got, "style-src 'self'") {
		t.Errorf("policy %q", got)
	}
	b.want(b.shown(b.confirmed(a.links()[0])), http.StatusOK, "Signed out <i>")
	b.want(b.get(path+"?device=x"), http.StatusNotFound, "404 You are not signed in on that device")

	s = newSite(t, &devices.Options{ContentSecurityPolicy: "default-src 'self'"})
	b = s.signedIn(firefox, "ann")
	if got := b.get(path).header.Get("Content-Security-Policy"); got != "default-src 'self'" {
		t.Errorf("policy %q", got)
	}
}

// A template that fails after all leaves no half of a page, and a line in the log.
func TestTemplateFailsLater(t *testing.T) {
	var text bytes.Buffer
	ok := true
	funcs := template.FuncMap{"fail": func() (string, error) {
		if ok {
			return "", nil
		}
		return "", errors.New("at last")
	}}
	s := newSite(t, &devices.Options{
		Template: template.Must(template.New("").Funcs(funcs).Parse("<p>half {{fail}}")), Logger: slog.New(slog.NewTextHandler(&text, nil)),
	})
	b := s.signedIn(firefox, "ann")
	ok = false
	if a := b.get(path); a.status != http.StatusInternalServerError || strings.Contains(a.body, "half") || !strings.Contains(text.String(), "at last") {
		t.Errorf("%d %q, log %q", a.status, a.body, text.String())
	}
}

// The page guards itself, and does so too where all of the application is guarded.
func TestGuardedTwice(t *testing.T) {
	s := newSite(t, &devices.Options{CSRFField: "proof"}, func(o *atomicsession.Options) { o.CSRF.Field = "proof" })
	s.server.Config.Handler = s.sessions.Middleware(s.sessions.ProtectCSRF(s.server.Config.Handler))
	s.signedIn(chrome, "ann")
	b := s.signedIn(firefox, "ann")
	b.want(b.shown(b.confirmed(b.get(path).links()[0])), http.StatusOK, "Signed out Chrome on Android")
}

// The addresses of the page are about the one that the browser has, whatever the handler sees of it.
func TestUnderAPrefix(t *testing.T) {
	s := newSite(t, nil)
	s.signedIn(chrome, "ann")
	b := s.signedIn(firefox, "ann")
	const path = "/shop/account/devices"
	a := b.want(b.get(path), http.StatusOK)
	link := a.links()[0]
	a = b.send(http.MethodPost, path+link, b.want(b.get(path+link), http.StatusOK).form())
	b.shown(a)
	if strings.Contains(a.body, "/account") {
		t.Error(a.body)
	}
}
