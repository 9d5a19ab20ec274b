package faultproxy

import (
	"io"
	"net"
	"sync"
)

// pieces are buffers for what one read returns: as large as a request that a plan is to see whole.
var pieces = sync.Pool{New: func() any { return new([1 << 18]byte) }}

// link is a connection of a client with one to the server.
type link struct {
	*Proxy
	client, server net.Conn

	mu      sync.Mutex
	fault   Fault // what replies meet
	release <-chan struct{}
}

// run passes both directions on until one of the ends is closed.
func (l *link) run() {
	answered := make(chan struct{})
	l.done.Go(func() {
		defer close(answered)
		defer l.client.Close()
		l.replies()
	})
	buf := pieces.Get().(*[1 << 18]byte)
	defer pieces.Put(buf)
	if late := l.requests(buf[:]); late != nil {
		_, _ = l.server.Write(late)
		<-answered
		l.delivered()
	}
}

// requests returns the request that is to be delivered late, if there is one.
func (l *link) requests(buf []byte) (late []byte) {
	for {
		n, err := l.client.Read(buf)
		if err != nil {
			return nil
		}
		fault, release := l.fate(buf[:n])
		switch fault {
		case DropRequest:
			return nil
		case CutRequest:
			_, _ = l.server.Write(buf[:n/2])
			return nil
		case LateRequest:
			_ = l.client.Close()
			l.setReply(fault, nil)
			l.wait(release)
			return buf[:n]
		case HalfOpen:
			_, _ = io.Copy(io.Discard, l.client)
			return nil
		case StallRequest:
			l.wait(release)
		case DropReply, CutReply, StallReply, EditReply:
			l.setReply(fault, release)
		}
		if _, err := l.server.Write(buf[:n]); err != nil {
			return nil
		}
	}
}

func (l *link) replies() {
	buf := pieces.Get().(*[1 << 18]byte)
	defer pieces.Put(buf)
	for {
		n, err := l.server.Read(buf[:])
		if err != nil {
			return
		}
		reply := buf[:n]
		switch fault, release := l.reply(); fault {
		case DropReply, LateRequest:
			return
		case CutReply:
			_, _ = l.client.Write(reply[:n/2])
			return
		case StallReply:
			l.wait(release)
		case EditReply:
			reply = l.edited(reply)
			l.setReply(None, nil)
		}
		if _, err := l.client.Write(reply); err != nil {
			return
		}
	}
}

// wait waits for the end of a stall.
func (l *link) wait(release <-chan struct{}) {
	select {
	case <-release:
	case <-l.quit:
	}
}

func (l *link) setReply(fault Fault, release <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.fault, l.release = fault, release
}

func (l *link) reply() (Fault, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.fault, l.release
}
