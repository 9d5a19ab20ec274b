package adaptertest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/atomicsession/atomicsession"
)

// The handshake of RFC 6455, section 1.3.
const (
	socketKey    = "dGhlIHNhbXBsZSBub25jZQ=="
	socketAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
)

// websocket: the answer to the handshake brings the cookie, and the session is there while the connection is open.
func websocket(s *site) {
	s.serve(pages{
		"/socket": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Update(ctx, visits.Inc(1)); err != nil {
				return Answer{Session: err}
			}
			ctx = context.WithoutCancel(ctx)
			return Answer{
				Status: http.StatusSwitchingProtocols,
				Header: http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}, "Sec-Websocket-Accept": {socketAccept}},
				Conn: func(conn io.ReadWriter) {
					var frame [6 + 4]byte
					if _, err := io.ReadFull(conn, frame[:]); err != nil {
						return
					}
					err := session.Update(ctx, visits.Inc(1))
					answer := fmt.Sprint(err)
					_, _ = conn.Write(append([]byte{0x81, byte(len(answer))}, answer...))
				},
			}
		},
		"/show": show,
	})
	conn, resp := s.dial("/socket", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: "+socketKey+"\r\n")
	if resp.StatusCode != http.StatusSwitchingProtocols || resp.Header.Get("Sec-WebSocket-Accept") != socketAccept {
		s.t.Fatalf("the answer to the handshake is %d, header %v", resp.StatusCode, resp.Header)
	}
	s.wantCookie(reply{resp.StatusCode, resp.Header, ""})
	s.browser.Jar.SetCookies(s.url, resp.Cookies())
	if _, err := conn.Write([]byte{0x81, 0x84, 0, 0, 0, 0, 'p', 'i', 'n', 'g'}); err != nil { // a text, masked with zeros
		s.t.Fatal(err)
	}
	frame := make([]byte, 2+len("<nil>"))
	if _, err := io.ReadFull(conn, frame); err != nil || string(frame[2:]) != "<nil>" {
		s.t.Fatalf("the socket says %q, %v", frame, err)
	}
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 2")
}

// hijack: whoever takes the connection over finds the cookie in the header, to send it.
func hijack(s *site) {
	s.serve(pages{
		"/raw": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Update(ctx, visits.Inc(1)); err != nil {
				return Answer{Session: err}
			}
			return Answer{
				Status: http.StatusOK, Header: http.Header{"Connection": {"close"}, "Content-Length": {"3"}},
				Conn: func(conn io.ReadWriter) { _, _ = io.WriteString(conn, "raw") },
			}
		},
		"/show": show,
	})
	conn, resp := s.dial("/raw", "")
	s.wantCookie(reply{resp.StatusCode, resp.Header, ""})
	text := make([]byte, 3)
	if _, err := io.ReadFull(conn, text); err != nil || string(text) != "raw" {
		s.t.Errorf("the connection says %q, %v", text, err)
	}
	s.browser.Jar.SetCookies(s.url, resp.Cookies())
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 1")
}

// connection is what is left of a connection after the header of the answer.
type connection struct {
	io.Reader
	io.Writer
}

// dial sends a request with this header on a connection of its own, and returns that with the header of the answer.
func (s *site) dial(path, header string) (connection, *http.Response) {
	s.t.Helper()
	conn, err := net.Dial("tcp", s.url.Host)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		s.t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n", path, s.url.Host, header)
	both := bufio.NewReader(conn)
	resp, err := http.ReadResponse(both, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return connection{both, conn}, resp
}
