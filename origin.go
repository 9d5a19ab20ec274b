package atomicsession

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
)

// CheckOrigin returns [ErrCSRF] if a browser says that the request comes from an origin that is neither this one nor one of
// [CSRFOptions.TrustedOrigins]; otherwise nil. Use it for requests that act though their method is safe, because [Manager.ProtectCSRF]
// lets these pass. Above all, these are the handshakes of websockets: under SameSite=None any site can make a browser send one with the
// session's cookie, and a subdomain always can. With gorilla/websocket:
//
//	upgrader := websocket.Upgrader{CheckOrigin: func(r *http.Request) bool { return sessions.CheckOrigin(r) == nil }}
//
// It looks at Sec-Fetch-Site or, if the browser does not send that, at Origin and Host. The method does not matter. So a visitor who
// follows a link from another site fails as well. A client that sends neither is no browser and passes. It costs nothing.
func (m *Manager) CheckOrigin(r *http.Request) error {
	if err := m.checkOrigin(r); err != nil {
		return &Error{"check origin", fmt.Errorf("%w: %w", ErrCSRF, err)}
	}
	return nil
}

// checkOrigin is stricter than [http.CrossOriginProtection] with browsers that do not send Sec-Fetch-Site: the host alone makes no
// origin, since a page without TLS may be anybody's on the way.
func (m *Manager) checkOrigin(r *http.Request) error {
	unsafe := *r
	unsafe.Method = http.MethodPost // or a request with a safe method would pass
	origin := r.Header.Get("Origin")
	if r.Header.Get("Sec-Fetch-Site") != "" || origin == "" {
		return m.origins.Check(&unsafe)
	}
	if m.isOwn(r, origin) {
		return nil
	}
	unsafe.Header = http.Header{"Origin": {origin}, "Sec-Fetch-Site": {"cross-site"}} // asks for trusted origins alone
	if m.origins.Check(&unsafe) != nil {
		return errors.New("its Origin is neither this site nor trusted")
	}
	return nil
}

// isOwn reports whether an absolute URL, such as an Origin or a Referer, is of the origin that the request was sent to. A proxy may
// have taken TLS off, so https is right in any case, and http where the session's cookie travels without TLS, or on loopback.
func (m *Manager) isOwn(r *http.Request, text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.User != nil {
		return false
	}
	port := ""
	switch {
	case u.Scheme == "https":
		port = ":443"
	case u.Scheme == "http" && (!m.secure(r) || r.TLS == nil && isLoopback(r.Host)):
		port = ":80"
	default:
		return false
	}
	return strings.EqualFold(strings.TrimSuffix(u.Host, port), strings.TrimSuffix(r.Host, port))
}

// fromOwnPage reports whether a browser says that the request comes from a page of this very origin.
func (m *Manager) fromOwnPage(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" {
		return site == "same-origin"
	}
	return m.isOwn(r, r.Header.Get("Origin"))
}

func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
