package atomicsession

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// begin makes a new session of what u leaves of the document of base, which is empty but for who signs in again. If it leaves nothing
// there is none to make.
func (s *Session) begin(ctx context.Context, store driver.Store, u *batch, base driver.Record) (driver.Result, error) {
	data, taken, err := s.evaluate(ctx, u, base.Data)
	res := driver.Result{Fields: u.Written(data), Taken: taken}
	if err != nil {
		return res, err
	}
	if data.Len() == 0 && !u.binds() {
		if s.overtaken() { // a renewal, which has done nothing
			err = s.why()
		}
		return res, err
	}
	if u.Renew == nil {
		if err := s.mayBegin(); err != nil {
			return driver.Result{}, err
		}
	}
	if !base.ID.IsZero() {
		u.Attrs = base.Attrs.With(u.Attrs)
		u.attr(driver.AttrOriginal, cmp.Or(base.Attrs[driver.AttrOriginal], base.ID.String()))
	}
	next, err := s.make(ctx, store, u, data)
	if err == nil {
		s.view, res.Meta = next, next.meta
	}
	return res, err
}

// force makes a new session of what u leaves of an empty document, also if that is nothing.
func (s *Session) force(ctx context.Context, store driver.Store, u *batch) (*view, error) {
	data, _, err := s.evaluate(ctx, u, driver.Doc{})
	if err != nil {
		return nil, err
	}
	return s.make(ctx, store, u, data)
}

func (s *Session) evaluate(ctx context.Context, u *batch, d driver.Doc) (driver.Doc, []driver.Value, error) {
	u.askSignIn(s.m.now())
	if err := u.CheckAuthenticated(time.Time{}); err != nil { // nobody has signed in to what begins
		return driver.Doc{}, nil, err
	}
	data, taken, err := driver.Eval(ctx, d, &u.Update, s.m.now())
	if err == nil {
		err = u.Limits.CheckGrowth(d.Size(), data.Size())
	}
	return data, taken, err
}

// make makes a new session that holds data, with the metadata that u asks for. The handle goes on with the session it had until it is
// given the new view.
func (s *Session) make(ctx context.Context, store driver.Store, u *batch, data driver.Doc) (*view, error) {
	if err := s.tooLate(); err != nil {
		return nil, err
	}
	s.m.warnPlainHTTP(s.request, s.secure)
	now := s.m.now()
	u.MaxAge = s.m.opts.MaxAge
	s.m.limit(u, now)
	s.signIn(u, now)
	r := u.Record(driver.Record{Meta: driver.Meta{Created: now}, Data: data}, now)
	t, err := s.create(ctx, store, r, u.SessionLimit)
	if errors.Is(err, ErrUnknownOutcome) && ctx.Err() == nil {
		t, err = s.create(ctx, store, r, u.SessionLimit)
	}
	if err == nil { // the request may have ended meanwhile
		if err = s.tooLate(); err != nil {
			s.abandon(ctx, store, t)
		}
	}
	if err != nil {
		return nil, err
	}
	r.ID = t.id
	nonPersistent := s.m.opts.Cookie.NonPersistent
	if s.state == presented || s.state == live || s.overtaken() { // whose place this one takes
		nonPersistent = s.token.nonPersistent()
	}
	next := &view{secure: s.secure, token: t}
	next.learnAll(r)
	next.hand(s.m, now, u.isNonPersistent(nonPersistent))
	s.m.log().DebugContext(ctx, "session begun", "id", t.id)
	return next, nil
}

// create stores a record under a new ID and secret, and leaves none behind if it is unknown whether it has. With a limit the session
// begins as nobody's, and is bound by the update that counts the others.
func (s *Session) create(ctx context.Context, store driver.Store, r driver.Record, limit driver.SessionLimit) (token, error) {
	t := token{id: newID(), secret: newSecret()}
	key := t.key(s.scope())
	user := r.User
	r.ID = t.id
	if limit.Max != 0 {
		r.User = ""
	}
	done := false
	defer func() {
		if !done { // also if the store panics
			s.abandon(ctx, store, t)
		}
	}()
	err := store.Create(ctx, key.Verifier, r)
	created := err == nil
	if created && limit.Max != 0 {
		u := driver.Update{User: &user, Attrs: r.Attrs, SessionLimit: limit} // the attributes are there already: they say whose copy it is
		_, err = s.m.bind(ctx, store, r.LastUsed, key, &u)
	}
	done = err == nil || !created && !errors.Is(err, ErrUnknownOutcome)
	return t, err
}

// abandon removes a session just begun, if it exists, whose secret nobody will get: also when the visitor has gone, but within
// the time of the call. If it cannot be removed it expires.
func (s *Session) abandon(ctx context.Context, store driver.Store, t token) {
	ctx, cancel := withoutCancel(ctx)
	defer cancel()
	_ = store.Delete(ctx, s.m.now(), t.key(s.scope()))
}

// withoutCancel returns a context for the rest of the time of a call whose visitor may go.
func withoutCancel(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, _ := ctx.Deadline() // do has set one
	return context.WithDeadline(context.WithoutCancel(ctx), deadline)
}

// warnPlainHTTP tells the log, once, of a session that begins where no browser will keep its cookie: over plain HTTP, from another
// host, with Secure. A browser that knows the connection to be safe sends Sec-Fetch-Site, and a proxy that made it so says so.
func (m *Manager) warnPlainHTTP(r *http.Request, secure bool) {
	if !secure || r.TLS != nil || isLoopback(r.Host) {
		return
	}
	for name := range r.Header {
		if strings.HasPrefix(name, "Sec-Fetch-") {
			return
		}
	}
	proxies := strings.ToLower(strings.Join(append(r.Header.Values("Forwarded"), r.Header.Values("X-Forwarded-Proto")...), ","))
	if strings.Contains(proxies, "https") {
		return
	}
	m.plainHTTP.Do(func() {
		m.log().WarnContext(r.Context(), "a session begins over plain HTTP, where browsers refuse its Secure cookie, so that each "+
			"request begins another: serve TLS, have the proxy set X-Forwarded-Proto, or see Options.SecureRequest", "host", r.Host)
	})
}
