package devices

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/atomicsession/atomicsession"
)

const (
	maxBody   = 64 << 10 // of a form with an ID and a token
	maxListed = 1000     // as UserSessions says
)

// done is the line that the next page shows. It waits in the session, so that no address can put words into it.
var done = atomicsession.NewKey[string]("devices_done").Lenient()

// ServeHTTP serves GET, HEAD and POST.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	switch r.Method {
	case http.MethodGet, http.MethodHead:
		h.get(w, r)
	case http.MethodPost:
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		h.act.ServeHTTP(w, r)
	default:
		w.Header().Set("Allow", "GET, HEAD, POST")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
	}
}

func (h *handler) get(w http.ResponseWriter, r *http.Request) {
	self, ok := h.self(w, r)
	if !ok {
		return
	}
	switch device := r.URL.Query().Get("device"); {
	case device == "":
		h.list(w, r, self)
	case !h.recent(self):
		h.sessions.WriteError(w, r, atomicsession.ErrReauthenticate)
	case device == others:
		h.confirm(w, r, Confirm{Question: h.opts.Texts.ConfirmOthers, Text: h.opts.Texts.SignOutOthersText, Device: others})
	default:
		if info, ok := h.find(w, r, self, device); ok {
			h.confirm(w, r, Confirm{
				Question: h.opts.Texts.ConfirmOne(h.device(info).Name), Text: h.opts.Texts.SignOutText, Device: info.ID.String(),
			})
		}
	}
}

// self returns the session of the request. If nobody is signed in, it answers.
func (h *handler) self(w http.ResponseWriter, r *http.Request) (atomicsession.Info, bool) {
	info, ok, err := h.sessions.Get(r.Context()).Info(r.Context())
	switch {
	case err != nil:
		h.fail(w, r, err)
	case !ok && r.Header.Get("Sec-Fetch-Site") == "cross-site": // the cookie may have stayed at home; the page's own request brings it
		h.sessions.WriteError(w, r, atomicsession.ErrCrossSite)
	case info.User == "":
		h.sessions.WriteError(w, r, atomicsession.ErrReauthenticate)
	default:
		return info, true
	}
	return info, false
}

// recent reports whether the session's user has signed in recently enough to act.
func (h *handler) recent(self atomicsession.Info) bool {
	return h.opts.Within == 0 || !self.Authenticated.Before(h.opts.Now().Add(-h.opts.Within))
}

func (h *handler) list(w http.ResponseWriter, r *http.Request, self atomicsession.Info) {
	infos, err := h.sessions.UserSessions(r.Context(), self.User)
	if err != nil {
		h.fail(w, r, err)
		return
	}
	p := Page{More: len(infos) >= maxListed}
	infos = slices.DeleteFunc(infos, func(i atomicsession.Info) bool { return i.ID == self.ID })
	for _, info := range append([]atomicsession.Info{self}, infos...) {
		p.Devices = append(p.Devices, h.device(info))
	}
	p.Others = len(infos) > 0
	if r.URL.Query().Has("done") && r.Method == http.MethodGet {
		p.Notice, _, _ = done.Take(r.Context(), h.sessions.Get(r.Context())) // a line that is lost is no reason to show no list
	}
	h.write(w, r, p)
}

func (h *handler) confirm(w http.ResponseWriter, r *http.Request, c Confirm) {
	token, err := h.sessions.Get(r.Context()).CSRFToken(r.Context())
	if err != nil {
		h.fail(w, r, err)
		return
	}
	c.CSRFField, c.CSRFToken = h.opts.CSRFField, token
	h.write(w, r, Page{Confirm: &c})
}

// find returns the device of an ID, if it is another one of the user's. If it is not, it answers: the same whether or not there
// is such a session.
func (h *handler) find(w http.ResponseWriter, r *http.Request, self atomicsession.Info, text string) (atomicsession.Info, bool) {
	id, err := atomicsession.ParseID(text)
	if err == nil && id == self.ID {
		h.problem(w, r, http.StatusConflict, h.opts.Texts.Current)
		return self, false
	}
	if err == nil {
		var infos []atomicsession.Info
		if infos, err = h.sessions.UserSessions(r.Context(), self.User); err != nil {
			h.fail(w, r, err)
			return self, false
		}
		if i := slices.IndexFunc(infos, func(i atomicsession.Info) bool { return i.ID == id }); i >= 0 {
			return infos[i], true
		}
	}
	h.problem(w, r, http.StatusNotFound, h.opts.Texts.NotFound)
	return self, false
}

func (h *handler) post(w http.ResponseWriter, r *http.Request) {
	self, ok := h.self(w, r)
	if !ok {
		return
	}
	ctx, s := r.Context(), h.sessions.Get(r.Context())
	if h.opts.Within > 0 { // asked of the store, so that a sign-in that was taken back meanwhile does not count
		if err := s.Update(ctx, atomicsession.If(atomicsession.SignedInWithin(h.opts.Within))); err != nil {
			h.fail(w, r, err)
			return
		}
	}
	var notice string
	var err error
	if device := r.PostFormValue("device"); device == others {
		var n int
		n, err = s.RevokeOthers(ctx)
		notice = h.opts.Texts.DoneMany(n)
	} else {
		id, parseErr := atomicsession.ParseID(device)
		switch {
		case parseErr != nil:
			h.problem(w, r, http.StatusNotFound, h.opts.Texts.NotFound)
			return
		case id == self.ID:
			h.problem(w, r, http.StatusConflict, h.opts.Texts.Current)
			return
		}
		notice, err = h.revoke(ctx, self.User, id)
	}
	if err != nil {
		h.fail(w, r, err)
		return
	}
	// The devices are signed out; if this fails, the page that follows just does not say so.
	_ = s.Update(ctx, done.Set(notice))
	// A reference without a path is about the address that the browser knows, which no proxy has changed.
	w.Header().Set("Location", "?done")
	w.WriteHeader(http.StatusSeeOther)
}

// revoke ends a session and returns what to say of it.
func (h *handler) revoke(ctx context.Context, user string, id atomicsession.ID) (string, error) {
	infos, err := h.sessions.UserSessions(ctx, user)
	if err != nil {
		return "", err
	}
	switch err := h.sessions.Revoke(ctx, user, id); {
	case errors.Is(err, atomicsession.ErrNotFound):
		return h.opts.Texts.DoneBefore, nil
	case err != nil:
		return "", err
	}
	for _, info := range infos {
		if info.ID == id {
			return h.opts.Texts.DoneOne(h.device(info).Name), nil
		}
	}
	return h.opts.Texts.DoneMany(1), nil
}

// fail answers with what an error means: one of this session as everywhere in the application, one of the store or the program
// with a page.
func (h *handler) fail(w http.ResponseWriter, r *http.Request, err error) {
	t, status := &h.opts.Texts, atomicsession.StatusCode(err)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		h.log(r, err)
		h.problem(w, r, http.StatusNotImplemented, t.Unsupported)
	case status < http.StatusInternalServerError:
		h.sessions.WriteError(w, r, err)
	case r.Method == http.MethodPost && (errors.Is(err, atomicsession.ErrUnknownOutcome) || errors.Is(err, atomicsession.ErrCorrupt)):
		h.problem(w, r, status, t.Uncertain)
	case status == http.StatusServiceUnavailable:
		h.problem(w, r, status, t.Unavailable)
	default:
		h.log(r, err)
		h.problem(w, r, status, t.Failed)
	}
}

func (h *handler) log(r *http.Request, err error) {
	h.opts.Logger.ErrorContext(r.Context(), "page of devices failed", "error", err)
}

func (h *handler) problem(w http.ResponseWriter, r *http.Request, status int, text string) {
	h.write(w, r, Page{Status: status, Problem: text})
}
