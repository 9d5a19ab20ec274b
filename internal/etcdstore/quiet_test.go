package etcdstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"slices"
)

// quiet is a connection of HTTP/2 that says nothing by itself: what is not answered (acknowledgements, windows) waits for the next request.
// package faultproxy takes all that comes in one piece for one request, and waits for its reply.
type quiet struct {
	net.Conn
	greeted bool
	held    []byte // frames that wait, and the part of one that is not yet whole
}

func dialQuiet(ctx context.Context, address string) (net.Conn, error) {
	c, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &quiet{Conn: c}, nil
}

// Write is called by one goroutine at a time.
func (q *quiet) Write(b []byte) (int, error) {
	const greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
	q.held = append(q.held, b...)
	if !q.greeted {
		q.greeted = bytes.HasPrefix(q.held, []byte(greeting))
		if q.greeted {
			q.held = q.held[len(greeting):]
			if _, err := q.Conn.Write([]byte(greeting)); err != nil {
				return 0, err
			}
		}
		return len(b), nil
	}
	rest, send := q.held, 0
	for len(rest) >= 9 {
		size := 9 + int(binary.BigEndian.Uint32(append([]byte{0}, rest[:3]...)))
		if len(rest) < size {
			break
		}
		const data, ping, acknowledges = 0, 6, 1
		rest = rest[size:]
		if frame := q.held[len(q.held)-len(rest)-size:]; frame[3] == data || frame[3] == ping && frame[4]&acknowledges == 0 {
			send = len(q.held) - len(rest)
		}
	}
	if send > 0 {
		if _, err := q.Conn.Write(q.held[:send]); err != nil {
			return 0, err
		}
		q.held = slices.Clone(q.held[send:])
	}
	return len(b), nil
}
