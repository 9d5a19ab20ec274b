package atomicsession

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/atomicsession/atomicsession/driver"
)

// Options configure a [Manager]. Nil options, and every zero field, are the safe defaults.
type Options struct {
	// MaxAge is how long a session lives after its last use; default 14 days. Every update extends it, a read at most once per
	// TouchInterval. [ParseDuration] reads it from text such as "1 month". At least a second; fractions of a millisecond are dropped.
	//
	// It bounds all sessions; [Lifetime] makes one shorter. A lower MaxAge reaches a session at its next use, a higher one at its next
	// sign-in.
	MaxAge time.Duration
	// AnonymousMaxAge is how long a session without a user lives after its last use; default MaxAge, and at most that. Crawlers begin
	// such a session at every page with a form. A session gets the full MaxAge when it is bound to a user. A session keeps the value
	// that it began with.
	AnonymousMaxAge time.Duration
	// AbsoluteMaxAge limits how long a session lives, however much it is used: it counts from the session's beginning or from its last
	// sign-in ([User], [AuthenticatedBy]), whichever is later. When the time is over, the user must sign in again. Default: 30 days, or
	// MaxAge if that is longer, for sessions bound to a user (NIST SP 800-63B-4, section 2.1.3; OWASP ASVS 5, 7.3.2), and no such limit
	// for others. To have no limit, set a hundred years. If you change it, a session keeps its limit until its next sign-in. At least
	// a second.
	AbsoluteMaxAge time.Duration
	// MaxSessions is how many live sessions a user has at most, in all realms; 0: any number. At most 500. If a sign-in ([User]) exceeds
	// it, the least recently used ones end, or with RefuseSessions the sign-in is refused. A lower number reaches a user at the next
	// sign-in. The session that signs in counts, so signing in again in the same session ends none. A session that a [Session.Reset]
	// replaces does not count. A copy (see [Session.Renew]) counts as one with its original, and ends with it. LastUsed decides; reads
	// move it once per TouchInterval, 14 hours by default.
	//
	// Stores check it in the step of the sign-in, so no number of sign-ins at once gets past it. Redis and MongoDB cannot. There the
	// sessions are listed before the sign-in (RefuseSessions) or after it. If several sign-ins come at the same moment, some may get past
	// the limit, until the next sign-in or, with RefuseSessions, for as long as they live. Or they end one another, and fewer are left. A
	// sign-in without a session takes one round trip more. So does a Reset, which also takes a load unless the request has made one. On
	// Redis and MongoDB every sign-in takes one more for each hundred sessions, and one for each that ends.
	MaxSessions int
	// RefuseSessions refuses a sign-in beyond MaxSessions with a [TooManySessionsError], which has the user's sessions to choose
	// from, instead of ending any. It needs MaxSessions.
	RefuseSessions bool
	// TouchInterval is how much of MaxAge must have passed before a read extends the session, and before the cookie is sent again;
	// default a 24th of MaxAge. It must be less than MaxAge. For a session with a shorter [Lifetime] it is at most a 24th of that.
	TouchInterval time.Duration
	// StoreTimeout bounds every call to the store, in addition to the context's deadline; default 5 seconds. What takes many
	// calls, such as [Manager.RevokeAll], may take longer.
	StoreTimeout time.Duration

	// LoadOnly limits the first load of a request to the top-level fields that these places are in. Every load also brings what the
	// session says of itself: Exists, User, Info, Authenticated, CSRFToken and VerifyCSRF need nothing else. Nil is the whole session;
	// empty but not nil is no field. A read of anything else loads the whole session once more. So a request makes two loads at most,
	// whatever it reads: name what most requests read. [Session.LoadOnly] does this for one request, or for one route. With more than
	// [driver.MaxFields] fields, the whole session is loaded. So it is if the store is no [driver.FieldLoader], such as memstore.
	LoadOnly []Place
	// PrefetchTakesNothing makes Take and Swap find nothing if the browser only prefetches or prerenders the page (Sec-Purpose,
	// https://fetch.spec.whatwg.org/#sec-purpose-header). So a flash message waits for a page that the visitor sees. If the visitor opens
	// a page that was prefetched, it does not show the message; the next page does.
	PrefetchTakesNothing bool
	// NoStoreSignedIn sends "Cache-Control: no-store", whatever the handler has said, with every response that used a session bound to a
	// user before its header was out. Without it, going back after a sign-out may show an old page from the browser's memory. With it,
	// going back is slower.
	NoStoreSignedIn bool

	// Cookie describes the session's cookie.
	Cookie CookieOptions
	// SecureRequest, if set, decides by request whether the cookie has the Secure attribute: for one program that serves plain HTTP in a
	// local network, and TLS behind a proxy. It says whether the browser's connection is safe, and which headers to trust for that:
	//
	//	func(r *http.Request) bool { return r.TLS != nil || fromProxy(r) && r.Header.Get("X-Forwarded-Proto") == "https" }
	//
	// The cookie's name must have the prefix __Host- or __Secure-. Over plain HTTP the cookie goes without this prefix. A session of
	// plain HTTP does not count over TLS, because others may have read its secret, nor the other way round. SecureRequest excludes
	// InsecureHTTP, SameSite=None and Partitioned.
	SecureRequest func(*http.Request) bool
	// Realm keeps apart the sessions of managers that share a store, such as those of the public site and of its administration. It is
	// part of what is stored of a secret and of what is signed, so a cookie of one realm names no session in another. Without different
	// realms, managers that share a store share their sessions. But sessions are listed, counted (MaxSessions) and revoked by user in all
	// realms together. Give each manager a cookie of its own name, too. Setting or changing the realm ends every session. At most 256
	// bytes without NUL.
	Realm string
	// SigningKeys, if any, sign the cookies with HMAC-SHA256, so that forged ones never reach the store: the first key signs, all of them
	// verify. To rotate, append the new key on all servers. When all run with it, move it to the front. Drop the old key after MaxAge: by
	// then sessions in use have got a cookie with the new signature. Adding the first key, removing the last and replacing all of them
	// end every session. Each has at least 32 random bytes.
	SigningKeys []SigningKey

	// Import, if set, carries the sessions of another library over.
	Import *Import

	// Limits bound what a session may hold. None may be negative. Depth has a highest value.
	Limits Limits

	// SignIn is where visitors sign in, such as "/login": [Manager.WriteError] sends navigations of an ended session there. It is a path
	// on this site, perhaps with a query. Only the page to sign in may have this path. Default: nowhere.
	SignIn string

	// Device, if set, returns what lists of a user's sessions ([Info]) show of the request's device beside its User-Agent, such as a
	// city. It is called at a sign-in, and when a read extends the session of a user: at the same times the User-Agent is noted. It
	// costs no round trip of its own. It must not use the session. The result may have 256 bytes as JSON; if it has more, nothing is
	// noted, and the log says so. Nil or empty removes what was noted. It is stored in the clear. The address is not noted: it is
	// personal data, and only the application knows which header of a proxy to trust.
	Device func(*http.Request) map[string]string

	// OnReplay, if set, decides what becomes of a session when an old secret comes back: the one before the latest [Session.Renew],
	// more than [driver.RenewalWindow] after it. A thief may have kept it; or a thief has renewed the session, and this is the user.
	// It may also be a browser that was restored from a backup, one that did not get the answer to its sign-in, or a request that
	// first uses its session that long after the renewal. A request that has seen the session alive does not count. Whatever OnReplay
	// decides, the request has no session.
	//
	// It is called for each request that uses its session with such a secret, as long as the session lives and is not renewed again.
	// Of the Info only ID and User are set. It runs within the session's method: it must be quick, and must not use the session.
	// Without it an old secret is like any other dead one. With it, an old secret that comes with an update costs a load; ending
	// sessions costs what [Manager.Revoke] or [Manager.RevokeAll] cost. An error in that goes to OnError and the log.
	OnReplay func(context.Context, Info) ReplayAction

	// CSRF configures [Manager.ProtectCSRF].
	CSRF CSRFOptions

	// LaterFailed, if set, answers a request whose changes could not be sent with its response ([Session.Later]), in place of
	// [Manager.WriteError]. It gets the writer and the request that [Manager.Middleware] got, and must write a status. It must not use
	// the session, whose methods wait until it returns. The response is "no-store" unless LaterFailed says otherwise.
	LaterFailed func(http.ResponseWriter, *http.Request, error)

	// OnError, if set, is called with every error that is the store's fault. It also gets errors that no caller gets, because the request
	// can go on without what failed (a read that could not extend the session). It runs within the session's method: it must neither
	// block nor use the session or the response.
	OnError func(context.Context, error)
	// Logger, by default slog.Default(), never gets a token, a secret, a user or data. It gets:
	//
	//   - at level Error, what OnError gets, stored values of other types than asked for ([TypeError]), and a Device that says too much
	//   - at level Warn, cookies of several sessions in a request, and messages of a [Flash] that a mistake has lost; and, once each,
	//     clocks that differ, sessions over plain HTTP, a response that was written past Middleware, and a context that did not pass it
	//   - at level Debug, the life of sessions (begun, renewed, destroyed, revoked)
	//
	// Its handler must neither block nor use the session or the response.
	Logger *slog.Logger

	// Now replaces the clock, for tests.
	Now func() time.Time
}

// Limits bound what a session may hold. A zero field is its default.
type Limits = driver.Limits

// SigningKey is a secret key. It does not print.
type SigningKey []byte

// Format implements [fmt.Formatter].
func (SigningKey) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[redacted]") }

// LogValue implements [slog.LogValuer].
func (SigningKey) LogValue() slog.Value { return slog.StringValue("[redacted]") }

// MarshalText implements [encoding.TextMarshaler].
func (SigningKey) MarshalText() ([]byte, error) { return []byte("[redacted]"), nil }

const (
	minKeySize      = 32
	maxRealm        = 256
	maxSessions     = maxListed / 2
	defaultAbsolute = 30 * day
	resolution      = time.Millisecond // of the times that stores keep
)

// withDefaults returns a copy of o (nil: of the zero Options) with the defaults filled in, or what is wrong with it.
func (o *Options) withDefaults() (Options, error) {
	opts := *cmp.Or(o, &Options{})
	opts.MaxAge = cmp.Or(opts.MaxAge, 14*day)
	opts.AnonymousMaxAge = cmp.Or(opts.AnonymousMaxAge, opts.MaxAge)
	opts.TouchInterval = cmp.Or(opts.TouchInterval, opts.MaxAge/24)
	opts.StoreTimeout = cmp.Or(opts.StoreTimeout, 5*time.Second)
	opts.CSRF.Header = cmp.Or(opts.CSRF.Header, "X-CSRF-Token")
	opts.CSRF.Field = cmp.Or(opts.CSRF.Field, "csrf_token")
	opts.CSRF.MaxForm = cmp.Or(opts.CSRF.MaxForm, 10<<20)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	switch maxLimits := opts.Limits.WithDefaults(); {
	case opts.MaxAge < time.Second:
		return opts, errors.New("MaxAge must be at least a second")
	case opts.AnonymousMaxAge < time.Second || opts.AnonymousMaxAge > opts.MaxAge:
		return opts, errors.New("AnonymousMaxAge must be at least a second, and at most MaxAge")
	case opts.AbsoluteMaxAge != 0 && opts.AbsoluteMaxAge < time.Second:
		return opts, errors.New("AbsoluteMaxAge must be at least a second")
	case len(opts.Realm) > maxRealm || strings.Contains(opts.Realm, "\x00"):
		return opts, fmt.Errorf("a Realm has at most %d bytes, and no NUL", maxRealm)
	case opts.SecureRequest != nil && (opts.Cookie.InsecureHTTP || opts.Cookie.Partitioned || opts.Cookie.SameSite == http.SameSiteNoneMode):
		return opts, errors.New("SecureRequest excludes InsecureHTTP, Partitioned and SameSite=None: browsers refuse such cookies over plain HTTP")
	case opts.TouchInterval < 0 || opts.TouchInterval > opts.MaxAge.Truncate(resolution)-resolution:
		return opts, errors.New("TouchInterval must be less than MaxAge, and not negative")
	case opts.MaxSessions < 0 || opts.MaxSessions > maxSessions:
		return opts, fmt.Errorf("MaxSessions is at most %d, and not negative", maxSessions)
	case opts.RefuseSessions && opts.MaxSessions == 0:
		return opts, errors.New("RefuseSessions needs MaxSessions")
	case opts.StoreTimeout < 0:
		return opts, errors.New("StoreTimeout must not be negative")
	case opts.CSRF.MaxForm < 0:
		return opts, errors.New("CSRF.MaxForm must not be negative")
	case min(opts.Limits.Size, opts.Limits.Depth, opts.Limits.Name, opts.Limits.Padding) < 0: // the defaults would replace it without a word
		return opts, errors.New("Limits must not be negative")
	case opts.Limits.Depth > maxLimits.Depth:
		return opts, fmt.Errorf("Limits.Depth is at most %d", maxLimits.Depth)
	}
	opts.MaxAge = opts.MaxAge.Truncate(resolution)
	opts.AnonymousMaxAge = opts.AnonymousMaxAge.Truncate(resolution)
	opts.AbsoluteMaxAge = opts.AbsoluteMaxAge.Truncate(resolution)
	opts.SigningKeys = slices.Clone(opts.SigningKeys)
	for i, key := range opts.SigningKeys {
		opts.SigningKeys[i] = bytes.Clone(key)
		if err := checkKey(fmt.Sprintf("SigningKeys[%d]", i), key); err != nil {
			return opts, err
		}
	}
	if opts.SignIn != "" && (!isLocal(opts.SignIn) || strings.Contains(opts.SignIn, "#")) {
		return opts, errors.New("SignIn must be a path on this site that begins with one \"/\" and has no fragment")
	}
	var err error
	opts.Cookie, err = opts.Cookie.withDefaults()
	if plain := withoutPrefix(opts.Cookie.Name); err == nil && opts.SecureRequest != nil &&
		(plain == "" || plain == opts.Cookie.Name || withoutPrefix(plain) != plain) {
		err = errors.New("with SecureRequest a cookie's Name is one prefix, __Host- or __Secure-, and what it is called over plain HTTP")
	}
	if err == nil {
		err = opts.Import.check(opts.Cookie.Name, opts.SecureRequest != nil || opts.Cookie.InsecureHTTP)
	}
	return opts, err
}

func checkKey(name string, key SigningKey) error {
	switch {
	case len(key) < minKeySize:
		return fmt.Errorf("%s is shorter than %d bytes", name, minKeySize)
	case len(bytes.Trim(key, "\x00")) == 0:
		return fmt.Errorf("%s is all zeros, and so not random", name)
	}
	return nil
}

// isLocal reports whether a browser takes text for a path on the site that sent it, and nothing else: it treats a backslash like a
// slash, and drops tabs and line breaks.
func isLocal(text string) bool {
	if !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") || strings.Contains(text, `\`) ||
		strings.ContainsFunc(text, unicode.IsControl) {
		return false
	}
	u, err := url.Parse(text)
	return err == nil && u.Scheme == "" && u.Host == ""
}
