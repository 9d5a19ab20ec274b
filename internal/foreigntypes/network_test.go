package foreigntypes

import (
	"net"
	"net/http"
	"net/mail"
	"net/netip"
	"net/textproto"
	"net/url"
	"time"
)

func networkTypes() []row {
	v4, v6 := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1%eth0")
	page := must(url.Parse("https://example.com:8080/a%2Fb/c?q=1&q=%C3%A9#top"))
	withUser := *page
	withUser.User = url.UserPassword("user", "password")
	return []row{
		of(v4, v6, netip.AddrFrom4([4]byte{})),
		of(netip.AddrPortFrom(v4, 80), netip.AddrPortFrom(v6, 65535)),
		of(netip.PrefixFrom(v4, 24), netip.MustParsePrefix("::/0")),
		of(net.IPv4(192, 0, 2, 1), net.ParseIP("2001:db8::1")),
		of(net.CIDRMask(24, 32)),
		of(
			net.IPNet{IP: net.IPv4(192, 0, 2, 0), Mask: net.CIDRMask(24, 32)},
			net.IPNet{IP: net.ParseIP("2001:db8::"), Mask: net.CIDRMask(32, 128)},
		).by(byTextOf),
		of(net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 443}, net.TCPAddr{IP: net.IPv6loopback, Zone: "lo"}),
		of(net.HardwareAddr{0, 1, 2, 3, 4, 255}),
		// What a URL's user is has no exported fields: refused rather than lost.
		of(url.URL{Path: "/"}, *page).but(withUser),
		of(page, new(url.URL)).but(&withUser),
		of(url.Values{"q": {"1", "é"}, "empty": {}, "next[]": {""}}).but(url.Values{"a.b": {""}}, url.Values{"": {""}}),
		of(http.Header{"X-Forwarded-For": {"192.0.2.1", ""}, "Accept": nil}),
		of(textproto.MIMEHeader{"Subject": {"text"}}),
		of(http.Cookie{
			Name: "a", Value: "b", Path: "/", Domain: "example.com", Expires: time.Unix(1e9, 0).UTC(), MaxAge: -1, Secure: true,
			SameSite: http.SameSiteLaxMode, Raw: "a=b", Unparsed: []string{"x"},
		}),
		of(http.SameSiteStrictMode),
		of(http.StateHijacked),
		of(mail.Address{Name: "Ünicode \"quoted\"", Address: "a@example.com"}),
	}
}
