// Package devices is a page on which a signed-in user sees the devices they are signed in on, and signs them out:
//
//	page, err := devices.New(sessions, nil)
//	…
//	mux.Handle("/account/devices", sessions.Middleware(page))
//
// The list, the question and the action are all at this one address, whatever it is and whatever a proxy or [http.StripPrefix]
// makes of it. The page needs no JavaScript and no other file, and works with every SameSite. A device is a session: the page
// shows what [atomicsession.Manager.UserSessions] knows, so the store must be able to find sessions by user. This device comes
// first, then the last used ones.
//
// What it shows of a device is its [atomicsession.Label] or, without one, what the header User-Agent says; what Device of
// [atomicsession.Options] has noted, as it is; when it was signed in, and by which methods; and when it was last used. That is up
// to TouchInterval later than the page knows, half a day by default: with [atomicsession.Options].TouchInterval of some minutes it
// is exact enough to notice somebody else. A User-Agent is a hint: anybody can send any, and an iPad sends that of a Mac.
//
// A user who is not signed in is answered by [atomicsession.Manager.WriteError] with [atomicsession.ErrReauthenticate], which
// leads to [atomicsession.Options].SignIn and back. Faults of the store are a page with their status; [http.StatusNotImplemented]
// says that it cannot find sessions by user. A question about an ID that is not one of the user's is answered by
// [http.StatusNotFound], also if it is somebody else's. Signing it out succeeds and changes nothing, because it may have been the
// user's own a moment ago.
//
// Changes are POST requests that [atomicsession.Manager.ProtectCSRF] guards. They take effect as [atomicsession.Manager.Revoke]
// and [atomicsession.Session.RevokeOthers] say. The line that says what was done waits in the session for the page that follows,
// in the field "devices_done".
package devices

import (
	"cmp"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
)

// Options configure the page. Nil options, and every zero field, are the defaults.
type Options struct {
	// Within, if set, is how long ago the user may have signed in ([atomicsession.AuthenticatedBy]) to sign devices out; who has
	// signed in before that is asked to do so again, before the question and once more before the action. At least a
	// millisecond. Without it everybody who has the session can sign out the others, a thief too.
	Within time.Duration
	// Texts are the words of the page; each that is zero is the English one. A site in several languages makes a page for each.
	Texts Texts
	// Template, if set, is executed with a [Page] instead of the built-in one. New tries it with pages of every kind.
	Template *template.Template
	// ContentSecurityPolicy is the header of this name. By default the page may load nothing, and send forms to this site alone;
	// with a Template it may also load stylesheets, fonts and images of this site. No default lets it run scripts or be framed.
	ContentSecurityPolicy string
	// CSRFField is the name of the form field for the token, which must be that of [atomicsession.CSRFOptions]; default
	// "csrf_token".
	CSRFField string
	// Logger gets the errors that are the program's fault, such as that of a Template; default [slog.Default]. Those of the
	// store go to the manager's.
	Logger *slog.Logger
	// Now replaces the clock, for tests.
	Now func() time.Time
}

type handler struct {
	sessions *atomicsession.Manager
	opts     Options
	act      http.Handler // what a POST does
}

// New returns the page for the sessions of m. It belongs inside [atomicsession.Manager.Middleware] of m. A Template that fails,
// and a Within that is negative or too short, are errors.
func New(m *atomicsession.Manager, opts *Options) (http.Handler, error) {
	if m == nil {
		return nil, errors.New("devices: no manager")
	}
	h := &handler{sessions: m, opts: *cmp.Or(opts, &Options{})}
	o := &h.opts
	if o.Within != 0 && o.Within < time.Millisecond {
		return nil, errors.New("devices: Within must be at least a millisecond")
	}
	o.Texts = o.Texts.withDefaults()
	o.CSRFField = cmp.Or(o.CSRFField, "csrf_token")
	policy := ownPolicy
	if o.Template == nil {
		o.Template, policy = builtIn, builtInPolicy
	}
	o.ContentSecurityPolicy = cmp.Or(o.ContentSecurityPolicy, policy)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if err := h.try(); err != nil {
		return nil, err
	}
	h.act = m.ProtectCSRF(http.HandlerFunc(h.post))
	return h, nil
}
