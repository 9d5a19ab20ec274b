package scsbridge

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"log/slog"
	"reflect"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bridge"
)

// Options change what [Use] does. The zero Options are the defaults.
type Options struct {
	// Timeout bounds each call to the store; default 5 seconds.
	Timeout time.Duration
	// Limits bound what a session may hold; see [driver.Limits].
	Limits driver.Limits
	// From is the Store where the sessions have been until now, nil if there are none. They are read once, with the Codec that the manager
	// had before Use, and are in the new store then. See "Sessions from before" above.
	From scs.Store
	// Logger is told by [Bridge.ErrorFunc] what has failed, and of sessions in From that cannot be read or not be removed; default
	// [slog.Default]. It never sees a token or a value.
	Logger *slog.Logger
	// Now is the clock; default [time.Now]. It is for tests, in which scs goes by time.Now all the same.
	Now func() time.Time
}

// Bridge is the Store and the Codec of a [scs.SessionManager]: it must be both. It implements [scs.CtxStore], [scs.IterableStore],
// [scs.IterableCtxStore] and [scs.Codec]. It is safe for concurrent use by any number of requests.
//
// The bytes are a handle that only this Bridge, in this process, understands; do not store or copy them. A Bridge is for one manager.
type Bridge struct {
	store      driver.Store
	opts       Options
	sm         *scs.SessionManager
	former     scs.Codec // that of sm before
	contextKey any       // under which the manager keeps a request's session in the context

	found    bridge.Bases[byte, *state]   // by the bytes that FindCtx has returned
	encoded  bridge.Bases[byte, *encoded] // by the bytes that Encode has returned
	bases    bridge.Bases[byte, *state]   // by the map of values that scs keeps: what is stored of it as far as the request knows
	requests bridge.Bases[byte, *request] // by what scs keeps of a request in its context
}

// state is what a request knows of a record.
type state struct {
	id       driver.ID
	deadline time.Time
	data     driver.Doc
}

// request is what scs does not tell again when it commits a request's session.
type request struct {
	destroyed bool      // the values are no longer those of the session that was loaded
	renewing  driver.ID // the session that was renewed, while it is not yet stored under its new token
}

// Use has a manager keep its sessions in store: it sets sm.Store and sm.Codec, and nothing else of sm. It is called once for a manager,
// before that one is used. Nil opts are the defaults. It panics if sm is of a version of scs that it does not understand.
func Use(sm *scs.SessionManager, store driver.Store, opts *Options) *Bridge {
	b := &Bridge{store: store, sm: sm, former: sm.Codec}
	if opts != nil {
		b.opts = *opts
	}
	b.opts.Timeout = cmp.Or(b.opts.Timeout, 5*time.Second)
	b.opts.Logger = cmp.Or(b.opts.Logger, slog.Default())
	if b.opts.Now == nil {
		b.opts.Now = time.Now
	}
	asked := &asked{Context: context.Background()}
	ctx, _ := sm.Load(asked, "") // without a token it asks for no session
	b.contextKey = asked.key
	if asked.key == nil || b.session(ctx).Kind() != reflect.String {
		panic("scsbridge: a version of scs that keeps no session in the context")
	}
	sm.Store, sm.Codec = b, b
	return b
}

// asked is a context that remembers what it was asked for.
type asked struct {
	context.Context
	key any
}

func (a *asked) Value(key any) any {
	if a.key == nil {
		a.key = key
	}
	return a.Context.Value(key)
}

// session returns the token of what the manager keeps of the request that ctx belongs to, the zero Value if there is none.
func (b *Bridge) session(ctx context.Context) (token reflect.Value) {
	v := reflect.ValueOf(ctx.Value(b.contextKey))
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	return v.Elem().FieldByName("token")
}

// request returns what is known of the request that ctx belongs to, if it is the manager who calls with its token, else nil: an application
// may call by hand for another one. The manager holds a lock of the request.
func (b *Bridge) request(ctx context.Context, token string) *request {
	own := b.session(ctx)
	if text := own.String(); !own.IsValid() || token != text && !(b.sm.HashTokenInStore && token == hashed(text)) {
		return nil
	}
	p := (*byte)(reflect.ValueOf(ctx.Value(b.contextKey)).UnsafePointer())
	r := b.requests.Get(p)
	if r == nil {
		r = &request{}
		b.requests.Put(p, r)
	}
	return r
}

// handlePrefix begins what AllCtx returns in the place of tokens, which nobody knows.
const handlePrefix = "id:"

// handle returns the ID that a token of AllCtx names.
func handle(token string) (driver.ID, bool) {
	text, ok := strings.CutPrefix(token, handlePrefix)
	if !ok {
		return driver.ID{}, false
	}
	id, err := driver.ParseID(text)
	return id, err == nil
}

// key returns the key of the record of a token. None of its verifiers is the SHA-256 of a secret of 32 bytes, as those of package
// atomicsession are.
func key(token string) driver.Key {
	if id, ok := handle(token); ok {
		return driver.UserKey(id, "")
	}
	id := derive("ID", []byte(token))
	return driver.Key{ID: driver.ID(id[:]), Verifier: derive("verifier", []byte(token))}
}

// renewedKey returns the key of a record that was renewed, which no token has. It has the last state for those who have loaded it.
func renewedKey(id driver.ID) driver.Key {
	return driver.Key{ID: id, Verifier: derive("renewed", id[:])}
}

// endedKey returns the key of a record whose session has ended for good, which no token has either.
func endedKey(id driver.ID) driver.Key { return driver.Key{ID: id, Verifier: derive("ended", id[:])} }

func derive(purpose string, text []byte) driver.Verifier {
	h := hmac.New(sha256.New, []byte("atomicsession scs "+purpose))
	h.Write(text)
	return driver.Verifier(h.Sum(nil))
}
