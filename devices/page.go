package devices

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
)

// Page is what a template is executed with. If Problem is "" and Confirm is nil it shows the list, of Devices.
type Page struct {
	Texts  *Texts
	Notice string // what was just done, "" if nothing

	Devices []Device // this one first; there is always at least one
	Others  bool     // there are others: a link to "?device=others" leads to the question whether to sign them all out
	More    bool     // there are more than are in Devices

	Confirm *Confirm // the question

	Status  int    // the page's HTTP status
	Problem string // what went wrong
}

// Confirm is a question. A form with method "post" and the fields "device" and CSRFField, of the values Device and CSRFToken,
// does it. A link to "?" leads back to the list.
type Confirm struct {
	Question, Text       string
	Device               string
	CSRFField, CSRFToken string
}

// Device is one device. All its texts but Kind are what users and their browsers say.
type Device struct {
	Info    atomicsession.Info // Current marks this device
	Name    string             // at most 100 characters, and never ""
	Kind    Kind
	Type    string   // Kind in words, "" if it is not known
	Details []Detail // what [atomicsession.Options].Device has noted, by name

	SignedIn Time     // zero if it is not known
	Methods  []string // in words
	LastUsed Time

	SignOut      string // the address that asks whether to sign it out; "" if it is this device
	SignOutLabel string // what a link to it is called for those who do not see where it stands
}

// Detail is a name and a value.
type Detail struct{ Name, Value string }

// Time is a moment, for <time datetime="{{.Machine}}" title="{{.Exact}}">{{.Ago}}</time>.
type Time struct{ Ago, Exact, Machine string }

// others is what stands for all other devices where an ID stands for one.
const others = "others"

func (h *handler) device(info atomicsession.Info) Device {
	t := &h.opts.Texts
	a := parseAgent(info.UserAgent)
	name := cmp.Or(plain(info.Label), a.name(t.Name), t.UnknownDevice)
	d := Device{Info: info, Name: name, Kind: a.kind, Type: t.kind(a.kind), LastUsed: h.time(info.LastUsed)}
	if !info.Authenticated.IsZero() {
		d.SignedIn = h.time(info.Authenticated)
	}
	for _, method := range info.Methods {
		if text := t.Method(method); !slices.Contains(d.Methods, text) {
			d.Methods = append(d.Methods, text)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(info.Device)) {
		d.Details = append(d.Details, Detail{key, info.Device[key]})
	}
	if !info.Current {
		d.SignOut, d.SignOutLabel = "?device="+info.ID.String(), t.SignOutOne(name)
	}
	return d
}

func (h *handler) time(at time.Time) Time {
	t := &h.opts.Texts
	return Time{t.Ago(max(0, h.opts.Now().Sub(at))), t.Exact(at.UTC()), at.UTC().Format(time.RFC3339)}
}

var (
	//go:embed page.html
	pageHTML string
	//go:embed page.css
	pageCSS string

	builtIn = template.Must(template.New("devices").Funcs(template.FuncMap{
		"style": func() template.CSS { return template.CSS(pageCSS) },
		"join":  strings.Join,
	}).Parse(pageHTML))
)

const (
	lockedPolicy = "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
	ownPolicy    = lockedPolicy + "style-src 'self'; img-src 'self'; font-src 'self'"
)

var builtInPolicy = func() string {
	sum := sha256.Sum256([]byte(pageCSS))
	return lockedPolicy + "style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}()

// write answers with a page. It is put together first, so that a template that fails does not leave half of one.
func (h *handler) write(w http.ResponseWriter, r *http.Request, p Page) {
	p.Texts, p.Status = &h.opts.Texts, cmp.Or(p.Status, http.StatusOK)
	var text bytes.Buffer
	if err := h.opts.Template.Execute(&text, p); err != nil {
		h.log(r, err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", h.opts.ContentSecurityPolicy)
	header.Set("Referrer-Policy", "same-origin") // WriteError finds the way back by it
	header.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.Status)
	_, _ = w.Write(text.Bytes()) // which the server leaves out for HEAD
}

// try executes the template with a page of every kind.
func (h *handler) try() error {
	now := h.opts.Now()
	info := atomicsession.Info{
		Created: now, LastUsed: now, Authenticated: now, Methods: []string{"pwd"}, Device: map[string]string{"city": "Oslo"}, Current: true,
	}
	other := atomicsession.Info{UserAgent: "Firefox", Label: "A phone"}
	for _, p := range []Page{
		{Devices: []Device{h.device(info)}},
		{Devices: []Device{h.device(info), h.device(other)}, Others: true, More: true, Notice: "Done"},
		{Confirm: &Confirm{Question: "Really?", Text: "It ends.", Device: others, CSRFField: "field", CSRFToken: "token"}},
		{Status: http.StatusNotFound, Problem: "Not found"},
	} {
		p.Texts, p.Status = &h.opts.Texts, cmp.Or(p.Status, http.StatusOK)
		if err := h.opts.Template.Execute(io.Discard, p); err != nil {
			return fmt.Errorf("devices: Template: %w", err)
		}
	}
	return nil
}
