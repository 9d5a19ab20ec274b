package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Session is one visitor's session as one request sees it: a handle, which does no I/O until a method needs it. Get it
// from [Manager.Get].
//
// The first read loads the session, once per request; later reads answer from memory, and so do reads of a field that an
// update of this request has touched. Every change is one round trip to the store, atomic, and needs no load. There is
// nothing to save at the end of a request.
//
// A visitor without a live session has an empty one: reads find nothing, and the first change that leaves something to
// store begins a session. A cookie that names no live session is treated the same, so that an update begins a fresh
// session holding just that update. But once the request has seen its session alive, the session's end is
// [ErrNotFound] for the call that finds it out and for every change after it; later reads find nothing.
//
// A request that another one has overtaken by signing in, and which so carries the secret of before, finds nothing either,
// and its changes are [ErrNotFound]: were they to begin another session, its cookie could take the place of the new one. That
// holds for [driver.RenewalWindow]; then the old cookie is one that names no live session.
//
// A session may be used after its handler has returned, if the context given to the method allows it; but then no session can
// begin and no cookie change ([ErrHeadersSent]).
//
// Methods are safe for concurrent use; those of one request take turns. They return an [*Error], or several joined, and wait
// no longer than ctx and [Options.StoreTimeout] allow; but if the store has not said in time what became of a renewal, it is
// asked once more, for as long as the request lives and another StoreTimeout.
type Session struct {
	m       *Manager
	request *http.Request

	mu   sync.Mutex
	turn chan struct{} // made at the first use, under mu; full while a method is at work
	sent atomic.Bool   // the response's header is out

	view // belongs to whoever has the turn
}

// view is what a handle knows of its session.
type view struct {
	state state
	token token
	meta  driver.Meta // of a live session
	data  driver.Doc  // what is known of the document
	whole bool        // data is all of it
	known []string    // the names that data is right about though it is not whole

	cookie   *http.Cookie // to be sent with the response, nil if none
	extended time.Time    // when it became due, if it only prolongs what the browser has
}

type state int

const (
	unopened  state = iota // the cookie has not been looked at
	none                   // there is no session
	presented              // the cookie names one, which may or may not be live
	live                   // the store has said so during this request
	renewed                // it is live, but another request has just given it a new secret
	ended                  // it was live and is no more
)

// do runs f alone among the methods of this session, with the cookie read and the store at hand.
func (s *Session) do(ctx context.Context, op string, f func(context.Context, driver.Store) error) error {
	if s.m == nil {
		return &Error{op, ErrNoMiddleware}
	}
	ctx, cancel := context.WithTimeout(ctx, s.m.opts.StoreTimeout)
	defer cancel()
	turn := s.use()
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return &Error{op, ctx.Err()}
	}
	if s.state == unopened {
		s.state = none
		if t, ok := s.m.readCookie(s.request); ok {
			s.state, s.token = presented, t
		}
	}
	err := s.m.run(ctx, op, f)
	s.report(ctx, err)
	return err
}

// report is that of the manager, and says which session it was.
func (s *Session) report(ctx context.Context, err error) {
	switch {
	case err == nil: // or the ID would be put into a slice for nothing
	case s.token.id.IsZero():
		s.m.report(ctx, err)
	default:
		s.m.report(ctx, err, "id", s.token.id)
	}
}

// use marks the session as used by its request.
func (s *Session) use() chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.turn == nil {
		s.turn = make(chan struct{}, 1)
	}
	return s.turn
}

// commit adds the session's headers to h, once: when the header is about to be written, or the handler has returned
// without writing one. It waits for a method that is at work, which may be about to change the token.
func (s *Session) commit(h http.Header) {
	if s.sent.Load() {
		return
	}
	s.mu.Lock()
	turn := s.turn
	if turn == nil {
		s.sent.Store(true)
	}
	s.mu.Unlock()
	if turn == nil {
		return
	}
	turn <- struct{}{}
	defer func() { <-turn }()
	if s.sent.Swap(true) {
		return
	}
	h.Add("Vary", "Cookie")
	if !s.extended.IsZero() && s.m.now().Sub(s.extended) > extensionPatience {
		s.cookie = nil
	}
	if s.cookie != nil {
		h.Add("Set-Cookie", s.cookie.String())
	}
	restrictCaches(h, s.cookie != nil)
}

// extensionPatience is how long a response may take that prolongs the cookie. Since a slower one began, another request may have
// signed in, and its cookie would be undone; a later request will prolong it.
const extensionPatience = 5 * time.Second

// restrictCaches keeps a response that depends on a session out of caches. Without a word of the handler's a cache may keep
// some, such as a 410, for as long as it likes (RFC 9111, section 4.2.2). One with a token is never used again, whatever the
// handler said: it might put an old token over a new one.
func restrictCaches(h http.Header, token bool) {
	cc := strings.ToLower(strings.Join(h.Values("Cache-Control"), ","))
	switch {
	case token && !strings.Contains(cc, "no-store"):
		h.Set("Cache-Control", "no-store")
	case !token && cc == "" && h.Get("Expires") == "":
		h.Set("Cache-Control", "private, no-cache")
	}
}

// lost notes why the store does not find the session. It returns ErrNotFound if this request had seen it alive.
func (s *Session) lost(why error) error {
	wasLive := s.state == live
	s.state, s.data, s.whole, s.known = none, driver.Doc{}, true, nil
	s.cookie, s.extended = nil, time.Time{}
	switch {
	case wasLive:
		s.state = ended
		return ErrNotFound
	case errors.Is(why, ErrRenewed):
		s.state = renewed
	}
	return nil
}

// load makes data whole. A session that is extended by being read is extended here.
func (s *Session) load(ctx context.Context, store driver.Store) error {
	if s.whole || s.state == none {
		return nil
	}
	now := s.m.now()
	r, err := store.Load(ctx, now, s.token.key())
	if errors.Is(err, ErrNotFound) {
		return s.lost(err)
	}
	if err != nil {
		return err
	}
	touch := driver.Update{Expires: now.Add(s.m.opts.MaxAge)}
	if touch.Expiry(r.Expires, r.Deadline).Sub(r.Expires) >= s.m.opts.TouchInterval {
		res, err := store.Update(ctx, now, s.token.key(), &touch)
		switch {
		case err == nil:
			r.Meta = res.Meta
		case errors.Is(err, ErrNotFound):
			return s.lost(err)
		default: // that it could not be extended is no reason to fail the read
			s.report(ctx, wrapErr("touch", err))
		}
	}
	s.state, s.meta, s.data, s.whole = live, r.Meta, r.Data, true
	s.extendCookie(now)
	return nil
}

// read makes what is at p known, and returns it.
func (s *Session) read(ctx context.Context, op string, p driver.Path) (v driver.Value, err error) {
	err = s.do(ctx, op, func(ctx context.Context, store driver.Store) error {
		if err := p.Check(s.m.opts.Limits); err != nil {
			return &driver.OpError{Op: op, Path: p, Err: err}
		}
		if !slices.Contains(s.known, p.Top()) {
			if err := s.load(ctx, store); err != nil {
				return err
			}
		}
		v = s.data.Lookup(p)
		return nil
	})
	return v, err
}

// Exists reports whether there is a live session. It loads the session if this request has not used it yet.
func (s *Session) Exists(ctx context.Context) (bool, error) {
	_, ok, err := s.Info(ctx)
	return ok, err
}

// Info describes the session, false if there is none. It loads the session if this request has not used it yet.
func (s *Session) Info(ctx context.Context) (info Info, ok bool, err error) {
	err = s.do(ctx, "info", func(ctx context.Context, store driver.Store) error {
		if s.state == presented {
			if err := s.load(ctx, store); err != nil {
				return err
			}
		}
		if s.state == live {
			info, ok = newInfo(s.meta), true
			info.Current = true
		}
		return nil
	})
	return info, ok, err
}

// User returns whom the session is bound to with [User], "" if nobody.
func (s *Session) User(ctx context.Context) (string, error) {
	info, _, err := s.Info(ctx)
	return info.User, err
}

// Document returns the whole document of the session, empty if there is none. It is immutable and prints as JSON.
func (s *Session) Document(ctx context.Context) (doc driver.Doc, err error) {
	err = s.do(ctx, "document", func(ctx context.Context, store driver.Store) error {
		if err := s.load(ctx, store); err != nil {
			return err
		}
		doc = s.data
		return nil
	})
	return doc, err
}

// Refresh loads the session again, to see what other requests have changed meanwhile. It is a use, and extends the session as
// any read does: an event stream that refreshes keeps its session alive.
func (s *Session) Refresh(ctx context.Context) error {
	return s.do(ctx, "refresh", func(ctx context.Context, store driver.Store) error {
		if s.state == presented || s.state == live {
			s.whole, s.known = false, nil
		}
		return s.load(ctx, store)
	})
}

// Format implements [fmt.Formatter]: a session does not print its token or its data.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session") }

// LogValue implements [slog.LogValuer]: the log shows a placeholder.
func (s *Session) LogValue() slog.Value { return slog.StringValue("session") }
