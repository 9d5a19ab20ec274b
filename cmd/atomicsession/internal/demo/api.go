package demo

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/devices"
	"github.com/atomicsession/atomicsession/driver"
)

// routes returns the JSON interface.
func (d *Demo) routes() *http.ServeMux {
	mux := http.NewServeMux()
	mux.Handle("GET /api/session", answer(d.show))
	mux.Handle("POST /api/session/update", answer(d.update))
	mux.Handle("POST /api/session/take", answer(d.take))
	mux.Handle("POST /api/session/renew", d.do((*atomicsession.Session).Renew))
	mux.Handle("POST /api/session/regenerate", d.do((*atomicsession.Session).Reset))
	mux.Handle("POST /api/session/touch", d.do(touch))
	mux.Handle("DELETE /api/session", d.do(destroy))
	mux.Handle("GET /api/csrf", answer(d.csrf))
	mux.Handle("POST /api/login", answer(d.login))
	mux.Handle("POST /api/order", answer(d.order))
	mux.Handle("GET /api/devices", answer(d.devices))
	mux.Handle("DELETE /api/devices", answer(d.revokeOthers))
	mux.Handle("DELETE /api/devices/{id}", answer(d.revoke))
	mux.Handle("GET /api/about", answer(d.about))
	return mux
}

// sessionState is a session as the interface shows it.
type sessionState struct {
	Exists    bool       `json:"exists"`
	ID        string     `json:"id"`
	User      string     `json:"user"`
	Data      driver.Doc `json:"data"`
	ExpiresAt *time.Time `json:"expires_at"`
}

func (d *Demo) show(_ http.ResponseWriter, r *http.Request) (any, error) {
	ctx := r.Context()
	s := d.sessions.Get(ctx)
	doc, err := s.Document(ctx)
	if err != nil {
		return nil, err
	}
	info, ok, err := s.Info(ctx)
	if err != nil || !ok {
		return sessionState{}, err
	}
	return sessionState{true, info.ID.String(), info.User, doc, &info.Expires}, nil
}

func (d *Demo) csrf(_ http.ResponseWriter, r *http.Request) (any, error) {
	token, err := d.sessions.Get(r.Context()).CSRFToken(r.Context())
	return map[string]string{"token": token}, err
}

func (d *Demo) update(_ http.ResponseWriter, r *http.Request) (any, error) {
	changes, err := readChanges(r)
	if err != nil {
		return nil, err
	}
	data, err := d.sessions.Get(r.Context()).Apply(r.Context(), changes...)
	return map[string]driver.Doc{"data": data}, err
}

func (d *Demo) take(_ http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		Path string `json:"path" need:"true"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	v, found, err := atomicsession.NewKey[driver.Value](body.Path).Take(r.Context(), d.sessions.Get(r.Context()))
	return map[string]any{"found": found, "value": v}, err
}

// do answers a request that does one thing to the session and has nothing to say, with the session as it is then.
func (d *Demo) do(what func(*atomicsession.Session, context.Context, ...atomicsession.Change) error) answer {
	return func(w http.ResponseWriter, r *http.Request) (any, error) {
		if err := readEmpty(r); err != nil {
			return nil, err
		}
		if err := what(d.sessions.Get(r.Context()), r.Context()); err != nil {
			return nil, err
		}
		return d.show(w, r)
	}
}

func touch(s *atomicsession.Session, ctx context.Context, _ ...atomicsession.Change) error {
	return s.Touch(ctx)
}

func destroy(s *atomicsession.Session, ctx context.Context, _ ...atomicsession.Change) error {
	return s.Destroy(ctx)
}

func (d *Demo) login(w http.ResponseWriter, r *http.Request) (any, error) {
	var body struct {
		User string `json:"user" need:"true"`
	}
	if err := readBody(r, &body); err != nil {
		return nil, err
	}
	user := strings.TrimSpace(body.User)
	if !strings.ContainsFunc(user, visible) {
		return nil, badRequest("body names no user")
	}
	err := d.sessions.Get(r.Context()).Renew(r.Context(), atomicsession.User(user), atomicsession.AuthenticatedBy(byName))
	if err != nil {
		return nil, err
	}
	state, err := d.show(w, r)
	if err != nil {
		return nil, err
	}
	return signedInState{state.(sessionState), d.sessions.ReturnPath(r)}, nil
}

// visible reports whether a name shows with r in it.
func visible(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) }

// byName is how visitors sign in here: they say who they are, and prove nothing.
const byName = "name"

// signedInState is the session after a sign-in, and where on the site the visitor wanted to go before it.
type signedInState struct {
	sessionState
	Return string `json:"return"`
}

// orderWithin is how long after a sign-in an order may be placed.
const orderWithin = 30 * time.Second

var orders = atomicsession.NewCounter("orders")

// order does what a thief of the session must not: it needs a sign-in of just now.
func (d *Demo) order(_ http.ResponseWriter, r *http.Request) (any, error) {
	if err := readEmpty(r); err != nil {
		return nil, err
	}
	recent := atomicsession.If(atomicsession.SignedInWithin(orderWithin))
	data, err := d.sessions.Get(r.Context()).Apply(r.Context(), recent, orders.Inc(1))
	return map[string]driver.Doc{"data": data}, err
}

// device is one of a user's sessions as the interface shows it.
type device struct {
	ID            string     `json:"id"`
	Label         string     `json:"label"`
	Created       time.Time  `json:"created"`
	LastUsed      time.Time  `json:"last_used"`
	Expires       time.Time  `json:"expires"`
	Authenticated *time.Time `json:"authenticated"` // null: not known
	Methods       []string   `json:"methods"`
	UserAgent     string     `json:"user_agent"`
	Current       bool       `json:"current"`
}

func (d *Demo) devices(_ http.ResponseWriter, r *http.Request) (any, error) {
	user, err := d.sessions.Get(r.Context()).User(r.Context())
	var infos []atomicsession.Info
	if err == nil && user != "" {
		infos, err = d.sessions.UserSessions(r.Context(), user)
	}
	list := make([]device, len(infos))
	for i, info := range infos {
		list[i] = device{
			ID: info.ID.String(), Label: cmp.Or(info.Label, devices.Name(info.UserAgent), "unknown device"),
			Created: info.Created, LastUsed: info.LastUsed, Expires: info.Expires,
			Methods: append([]string{}, info.Methods...), UserAgent: info.UserAgent, Current: info.Current,
		}
		if !info.Authenticated.IsZero() {
			list[i].Authenticated = &info.Authenticated
		}
	}
	return map[string][]device{"devices": list}, err
}

func (d *Demo) revokeOthers(_ http.ResponseWriter, r *http.Request) (any, error) {
	if err := readEmpty(r); err != nil {
		return nil, err
	}
	if _, err := d.user(r); err != nil {
		return nil, err
	}
	n, err := d.sessions.Get(r.Context()).RevokeOthers(r.Context())
	return map[string]int{"revoked": n}, err
}

func (d *Demo) revoke(_ http.ResponseWriter, r *http.Request) (any, error) {
	if err := readEmpty(r); err != nil {
		return nil, err
	}
	user, err := d.user(r)
	if err != nil {
		return nil, err
	}
	id, err := atomicsession.ParseID(r.PathValue("id"))
	if err != nil { // no session has such an ID
		return nil, atomicsession.ErrNotFound
	}
	return map[string]int{"revoked": 1}, d.sessions.Revoke(r.Context(), user, id)
}

// user returns who is signed in.
func (d *Demo) user(r *http.Request) (string, error) {
	user, err := d.sessions.Get(r.Context()).User(r.Context())
	if err == nil && user == "" {
		err = badRequest("not signed in")
	}
	return user, err
}
