package atomicsession

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"mime"
	"mime/multipart"
	"net/http"

	"github.com/atomicsession/atomicsession/driver"
)

// CSRFOptions configure [Manager.ProtectCSRF]. The zero value is the default.
type CSRFOptions struct {
	// Header is the request header that carries the token; default "X-CSRF-Token".
	Header string
	// Field is the form field that carries the token if the header does not, in a POST, PUT or PATCH; default "csrf_token".
	Field string
	// TrustedOrigins ("https://app.example.com") may send unsafe requests too, if they have the token.
	TrustedOrigins []string
	// MaxForm is how many bytes of a form are read to find the token in it; default 10 MiB. A larger form is [ErrTooLarge] unless its
	// token is in the header, and then its body is not read.
	MaxForm int64
	// Denied answers a request that fails; the error is in [CSRFError] of its context. Default: [Manager.WriteError].
	Denied http.Handler
}

const csrfSize = sha256.Size

// CSRFToken returns a token that proves that a request comes from a page of this session: put it into forms and scripts. It is masked
// anew for every call, so that compressed pages do not leak it. It is good for as long as the session lives and is not renewed. If there
// is no session, CSRFToken begins one: call it before the response's header is out.
//
// In these cases it begins none:
//
//   - A sign-in has overtaken the request ([ErrRenewed]). The token belongs to the secret that the request carries, because the visitor
//     may have to sign in again: see VerifyCSRF.
//   - The request is a HEAD, whose page nobody sees. The token is good for nothing.
//   - The request comes from another site, and the browser did not send the cookie that it may hold. The error is [ErrCrossSite]. But if
//     the browser opens a page by a link of another site, and SameSite is Strict, there is no error. The token is good for nothing, and
//     the response tells the browser to load the page once more (the header Refresh). That second request is this site's own.
func (s *Session) CSRFToken(ctx context.Context) (text string, err error) {
	err = s.do(ctx, "csrf token", func(ctx context.Context, store driver.Store) error {
		if s.state == presented {
			if err := s.look(ctx, store, true); err != nil {
				return err
			}
		}
		var token []byte
		switch {
		case s.state == live || s.overtaken():
			token = s.csrf()
		case s.state == ended:
			return s.why()
		case s.request.Method == http.MethodHead || s.reloads(): // nobody sees this page
			token = make([]byte, csrfSize)
			_, _ = rand.Read(token)
		default:
			if err := s.mayBegin(); err != nil {
				return err
			}
			next, err := s.force(ctx, store, new(batch))
			if err != nil {
				return err
			}
			s.view = next
			token = s.csrf()
		}
		var masked [2 * csrfSize]byte
		mask := masked[:csrfSize]
		_, _ = rand.Read(mask)
		subtle.XORBytes(masked[csrfSize:], mask, token)
		text = b64.EncodeToString(masked[:])
		return nil
	})
	return text, err
}

// VerifyCSRF returns nil if [Session.CSRFToken] made text for this session since its last renewal, and the session is live. If not, it
// returns [ErrCSRF]. If text is a token of the session that the cookie names, but this session has ended, the error also matches
// [ErrNotFound]. The comparison takes constant time. It loads the session if this request has not used it yet.
//
// For [driver.RenewalWindow] after a renewal, a token of the old secret is still good for a request that carries the old secret. It
// proves that the page is this browser's, not that the session lives. So a visitor can click on "Sign in" twice. The second request finds
// an empty session, and can only change something by a sign-in ([Session.Renew], Reset with [User]).
func (s *Session) VerifyCSRF(ctx context.Context, text string) error {
	return s.do(ctx, "csrf token", func(ctx context.Context, store driver.Store) error {
		if len(text) != b64.EncodedLen(2*csrfSize) {
			return ErrCSRF
		}
		masked, err := b64.DecodeString(text)
		if err != nil || len(masked) != 2*csrfSize {
			return ErrCSRF
		}
		token := make([]byte, csrfSize)
		subtle.XORBytes(token, masked[:csrfSize], masked[csrfSize:])
		if subtle.ConstantTimeCompare(token, s.csrf()) != 1 {
			return ErrCSRF
		}
		return s.provable(ctx, store)
	})
}

// provable returns [ErrCSRF], whatever the CSRF token, if the request presents no session, or one that has ended. One that was renewed a
// moment ago has not: a CSRF token can still prove that its page was this browser's.
func (s *Session) provable(ctx context.Context, store driver.Store) error {
	if s.token.id.IsZero() {
		return ErrCSRF
	}
	if s.state == presented {
		if err := s.look(ctx, store, true); err != nil {
			return err
		}
	}
	if why := s.why(); why != nil && !s.overtaken() {
		return fmt.Errorf("%w: %w", ErrCSRF, why)
	}
	return nil
}

// csrf derives the unmasked token from the session's secret, which proves nothing about the secret itself.
func (s *Session) csrf() []byte {
	h := hmac.New(sha256.New, s.token.secret[:])
	h.Write([]byte("atomicsession csrf"))
	return h.Sum(nil)
}

type csrfErrorKey struct{}

// CSRFError returns why [Manager.ProtectCSRF] denied the request that ctx belongs to.
func CSRFError(ctx context.Context) error {
	err, _ := ctx.Value(csrfErrorKey{}).(error)
	return err
}

// ProtectCSRF lets a request through to next in two cases: its method is safe (GET, HEAD, OPTIONS), or it comes from no other origin
// ([Manager.CheckOrigin], which costs nothing) and brings the session's CSRF token. The token is in the header or in the form field that
// [CSRFOptions] name. Put ProtectCSRF inside [Manager.Middleware].
//
// It reads the body only if this is a form and the token is not in the header. It then reads the form with all its files, so that
// [http.Request.MultipartReader] fails afterwards. If the visitor has no live session, it reads nothing; else it reads as much as
// [CSRFOptions.MaxForm] says ([ErrTooLarge]). Put a smaller limit, or one for all bodies, around it:
//
//	sessions.Middleware(http.MaxBytesHandler(sessions.ProtectCSRF(mux), 1<<20))
//
// Mount outside what must not be guarded, such as a webhook that proves itself by a signature. If a handler acts though its method is
// safe, such as the handshake of a websocket, let it ask [Manager.CheckOrigin]:
//
//	outer := http.NewServeMux()
//	outer.Handle("/", sessions.ProtectCSRF(site))
//	outer.Handle("POST /webhooks/payments", webhook)
//	handler := sessions.Middleware(outer)
func (m *Manager) ProtectCSRF(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { // the server may not know this request, and so not the files of its form
			if r.MultipartForm != nil {
				_ = r.MultipartForm.RemoveAll()
			}
		}()
		err := m.checkCSRF(w, r)
		switch denied := m.opts.CSRF.Denied; {
		case err == nil:
			next.ServeHTTP(w, r)
		case denied == nil:
			m.WriteError(w, r, err)
		default:
			denied.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), csrfErrorKey{}, err)))
		}
	})
}

// maxFormMemory is how much of a form with files is kept in memory, as by [http.Request.PostFormValue].
const maxFormMemory = 32 << 20

func (m *Manager) checkCSRF(w http.ResponseWriter, r *http.Request) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return nil
	}
	if err := m.CheckOrigin(r); err != nil {
		return err
	}
	s := m.Get(r.Context())
	text := r.Header.Get(m.opts.CSRF.Header)
	if text == "" && isForm(r) {
		err := s.do(r.Context(), "csrf token", s.provable) // before a byte is read for nothing
		if err == nil {
			text, err = m.formToken(w, r)
		}
		if err != nil {
			return err
		}
	}
	return s.VerifyCSRF(r.Context(), text)
}

// isForm reports whether the body of a request can hold a form field.
func isForm(r *http.Request) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded" || kind == "multipart/form-data"
}

// formToken reads the form, and returns what is in the field for the token.
func (m *Manager) formToken(w http.ResponseWriter, r *http.Request) (string, error) {
	bound := m.opts.CSRF.MaxForm
	var err error = &http.MaxBytesError{Limit: bound}
	if r.ContentLength <= bound {
		if r.Body != nil {
			r.Body = http.MaxBytesReader(w, r.Body, bound)
		}
		err = errors.Join(r.ParseForm(), r.ParseMultipartForm(maxFormMemory))
	}
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return "", &Error{"csrf token", fmt.Errorf("%w: %w", ErrTooLarge, tooLarge)}
	}
	if errors.Is(err, multipart.ErrMessageTooLarge) { // too many parts
		return "", &Error{"csrf token", fmt.Errorf("%w: %w", ErrTooLarge, multipart.ErrMessageTooLarge)}
	}
	return r.PostFormValue(m.opts.CSRF.Field), nil
}
