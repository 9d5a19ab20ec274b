package atomicsession

import (
	"net"
	"net/http"
	"strings"
)

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
		m.opts.Logger.WarnContext(r.Context(), "a session begins over plain HTTP, where browsers refuse its Secure cookie, so that each "+
			"request begins another: serve TLS, have the proxy set X-Forwarded-Proto, or see Options.SecureRequest", "host", r.Host)
	})
}

func isLoopback(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}
