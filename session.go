package atomicsession

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// Session is one visitor's session as one request sees it: a handle, which does no I/O until a method needs it. Get it from
// [Manager.Get].
//
// The first read loads the session, once per request. Later reads answer from memory, and so do reads of a field that an update of this
// request has changed. [Options].LoadOnly and [Session.LoadOnly] can limit what the first load fetches. Then a read of anything else
// loads the whole session once more, and this replaces what the first load has fetched. What one load fetches is of one moment. Every
// change is one round trip to the store, atomic, and needs no load. There is nothing to save at the end of a request.
//
// A visitor without a live session has an empty one: reads find nothing, and the first change that leaves something to store begins a
// session. If a cookie names no live session, reads and updates do the same: an update begins a new session that holds just this update.
// But Refresh, Peek and Touch return [ErrNotFound], because they ask for a session that goes on. If the session ends after this request
// has seen it alive, the call that finds this out returns ErrNotFound. So does every change, Refresh, Peek and Touch after it; later
// reads find nothing.
//
// Another request may overtake this one: it signs the visitor in while this one still carries the old secret. Then this request finds
// nothing, and its changes return [ErrRenewed], which matches ErrNotFound. If they began another session, its cookie could replace the
// new one. This request can only sign in again: see Renew. That holds for [driver.RenewalWindow]; afterwards the old cookie names no live
// session. If a request has found out once that the session has ended or was renewed, it stays with that answer.
//
// A request of another site may lack the cookie that the browser holds (SameSite). So no session begins in it: a change that would begin
// one returns [ErrCrossSite]. Only Renew and Reset begin one all the same.
//
// You can use a session after its handler has returned, if the context that you give to the method has not ended. But then no session can
// begin and no cookie can change ([ErrHeadersSent]). The same holds once the request's context has ended, such as after the deadline of
// an [http.TimeoutHandler].
//
// Methods are safe for concurrent use; those of one request take turns. They return an [*Error] and wait no longer than ctx and
// [Options.StoreTimeout] allow. There is one exception: if the store has not said in time what became of a renewal, it is asked once
// more, for at most another StoreTimeout, while the request lives. If ctx has ended already, a method only returns its error.
//
// Methods that end sessions do their work even if the visitor has closed the page: Destroy, RevokeOthers, a Reset that signs out, and the
// manager's methods that revoke. They wait for their turn, and go on, as long as ctx lives, and then for StoreTimeout more. If ctx has
// already ended when the method is called, StoreTimeout counts from the call. Each call to the store has StoreTimeout for itself.
type Session struct {
	// All are behind pointers, which is all that the verb v shows of them in a Session by value.
	*exchange
	*view                            // belongs to whoever has the turn
	old     *oldCookies              // of another library, nil if there are none that matter
	queued  *batch                   // so does this: what Later has queued, nil if nothing
	failure error                    // of sending it with the response, there once the header is out; or why there is no session: see outside
	only    atomic.Pointer[[]string] // what LoadOnly has named; no slice: all; no pointer: LoadOnly was not called
}

// view is what a handle knows of its session.
type view struct {
	secure  bool // the cookie of this request has that attribute
	reload  bool // the response tells the browser to come again at once: see CSRFToken
	state   state
	renewed bool // if it is dead or ended: for this request, by another one that has renewed it
	replay  bool // if it is dead or ended: its secret was replaced long ago
	gone    bool // if it is dead or ended: for everybody, as a Delete has shown
	loaded  bool // meta and about are what the store has said, and what this request has made of it since
	peeked  bool // the latest Refresh or Peek was a Peek
	whole   bool // data is all of it, and loaded is true if it is live
	token   token
	meta    driver.Meta // of a live session
	data    driver.Doc  // what is known of the document
	known   []string    // the names that data is right about though it is not whole
	about   *about      // of a live session that is loaded; nil: nothing is said

	cookie   *http.Cookie // to be sent with the response, nil if none
	extended time.Time    // when it became due, if it only prolongs what the browser has
}

type state int8

const (
	unopened  state = iota // the cookie has not been looked at
	none                   // there is no cookie
	presented              // the cookie names one, which may or may not be live
	live                   // the store has said so during this request
	dead                   // it was over, or had got a new secret, before this request could see it alive; or it is no token
	ended                  // the same, but this request had seen it alive
)

// key is what the store knows the session by that the request presents.
func (s *Session) key() driver.Key { return s.token.key(s.scope()) }

func (s *Session) scope() scope { return s.m.scope(s.secure) }

// overtaken reports whether this request knows that another one has renewed its session.
func (s *Session) overtaken() bool { return errors.Is(s.why(), ErrRenewed) }

// why returns how the session has ended for this request, ErrNotFound or ErrRenewed; nil if it has not, as far as is known.
func (s *Session) why() error {
	switch {
	case s.state != dead && s.state != ended:
		return nil
	case s.renewed:
		return ErrRenewed
	case s.replay:
		return ErrReplayed
	default:
		return ErrNotFound
	}
}

// lost notes why the store does not find the session. It returns that if this request had seen it alive.
func (s *Session) lost(why error) error {
	wasLive := s.state == live
	s.state, s.renewed, s.replay, s.gone = dead, errors.Is(why, ErrRenewed), errors.Is(why, ErrReplayed), false
	s.data, s.whole, s.known = driver.Doc{}, true, nil
	s.cookie, s.extended = nil, time.Time{}
	if wasLive {
		s.state = ended
		return s.why()
	}
	return nil
}

// learnAll takes over what a live session holds.
func (v *view) learnAll(r driver.Record) {
	v.learnMeta(r)
	v.data, v.whole = r.Data, true
}

// learnMeta takes over what a live session says of itself.
func (v *view) learnMeta(r driver.Record) {
	v.state, v.meta, v.about, v.loaded = live, r.Meta, newAbout(r), true
}

// know takes over what the document holds in these fields.
func (v *view) know(names []string, d driver.Doc) {
	fields := make([]driver.Field, len(names))
	for i, name := range names {
		fields[i] = driver.Field{Name: name, Value: d.Get(name)}
	}
	v.data = v.data.WithAll(fields...)
	if !v.whole {
		v.known = append(v.known, names...)
		slices.Sort(v.known)
		v.known = slices.Compact(v.known)
	}
}

// about is what no update returns of a session, and few have: behind a pointer, so that it costs the others nothing.
type about struct {
	authenticated time.Time
	attrs         driver.Attrs
}

func newAbout(r driver.Record) *about {
	if r.Authenticated.IsZero() && len(r.Attrs) == 0 {
		return nil
	}
	return &about{r.Authenticated, r.Attrs}
}

// record describes a live session that is loaded, without its data.
func (v *view) record() driver.Record {
	r := driver.Record{Meta: v.meta}
	if v.about != nil {
		r.Authenticated, r.Attrs = v.about.authenticated, v.about.attrs
	}
	return r
}

// Document returns the whole document of the session, empty if there is none. It is immutable. Printing it does not show its data; its
// Text and its MarshalJSON do.
func (s *Session) Document(ctx context.Context) (doc driver.Doc, err error) {
	err = s.do(ctx, "document", func(ctx context.Context, store driver.Store) error {
		if err := s.flush(ctx, store); err != nil {
			return err
		}
		if err := s.all(ctx, store); err != nil {
			return err
		}
		parsed, err := s.data.Parse()
		if err != nil {
			return err
		}
		s.data, doc = parsed, parsed
		return nil
	})
	return doc, err
}

// Refresh loads the session again, to see what other requests have changed in the meantime. If the session has ended, the error is
// [ErrNotFound], or [ErrRenewed] if another request has given it a new secret. Every call returns it, until this request begins another
// session. If the request never had a session, Refresh returns nil without a cookie, and ErrNotFound with one that names no live session.
// Refresh counts as a use, and extends the session as any read does; Peek does not. LoadOnly limits this load as it limits the first one.
// The request forgets what this load does not fetch.
func (s *Session) Refresh(ctx context.Context) error { return s.again(ctx, "refresh", true) }

// Peek does what Refresh does, but does not count as a use of the session: it extends neither the session nor the cookie. Use it where no
// visitor is active, such as in an event stream or a page that polls. Reads after a Peek that returned nil do not count as a use either.
// So a request that begins with a Peek extends nothing by its reads.
func (s *Session) Peek(ctx context.Context) error { return s.again(ctx, "peek", false) }

// again forgets what is known of the session, loads it and says whether it has ended.
func (s *Session) again(ctx context.Context, op string, extend bool) error {
	return s.do(ctx, op, func(ctx context.Context, store driver.Store) error {
		if err := s.flush(ctx, store); err != nil {
			return err
		}
		if s.state == presented || s.state == live {
			s.loaded, s.whole, s.known, s.data = false, false, nil, driver.Doc{}
		}
		s.peeked = !extend
		if err := s.look(ctx, store, extend); err != nil {
			s.peeked = false
			return err
		}
		return s.why()
	})
}

// Format implements [fmt.Formatter]: a session does not print its token or its data.
func (s *Session) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "session") }

// LogValue implements [slog.LogValuer]: the log shows a placeholder.
func (s *Session) LogValue() slog.Value { return slog.StringValue("session") }
