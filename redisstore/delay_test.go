package redisstore

import (
	"net"
	"sync"
	"testing"
	"time"
)

// delayed passes connections on to the server at addr, each byte half the delay later: a server that a round trip to takes so long.
// It returns where it listens.
func delayed(tb testing.TB, addr string, delay time.Duration) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	var done sync.WaitGroup
	tb.Cleanup(func() {
		l.Close()
		done.Wait()
	})
	done.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", addr)
			if err != nil {
				client.Close()
				continue
			}
			done.Go(func() { passOn(client, server, delay/2) })
			done.Go(func() { passOn(server, client, delay/2) })
		}
	})
	return l.Addr().String()
}

// passOn copies until one of the ends is closed, and closes the other.
func passOn(to, from net.Conn, delay time.Duration) {
	type piece struct {
		at   time.Time
		data []byte
	}
	pieces := make(chan piece, 10_000)
	go func() {
		defer close(pieces)
		for {
			buf := make([]byte, 1<<16)
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			pieces <- piece{time.Now().Add(delay), buf[:n]}
		}
	}()
	for p := range pieces {
		time.Sleep(time.Until(p.at))
		if _, err := to.Write(p.data); err != nil {
			break
		}
	}
	to.Close()
	from.Close()
	for range pieces { // until the reader has seen that
	}
}
