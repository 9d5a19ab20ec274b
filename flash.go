package atomicsession

import (
	"context"
	"errors"
	"net/http"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// maxFlash is how many messages wait at most; of more the oldest are dropped.
const maxFlash = 20

// Flash is a place for messages that the next page which the visitor sees shows once, such as "Your profile was saved.":
//
//	var Notice = atomicsession.NewFlash[string]("notice")
//
//	Notice.Add(ctx, s, "Your profile was saved.")  // then redirect
//	for _, message := range Notice.Take(ctx, s) {  // in the page
//
// Add and Take return no error: the message tells of something that has been done, so the request need not fail with it. The log
// gets the error at level Warn, unless the session or the request has ended. A fault of the store is reported as always
// ([Options].OnError). If you want the error, give Push to an update, and take from a [List]. What [Session.Later] has queued
// stays queued: its own failure fails the response.
type Flash[T any] struct{ list List[T] }

// NewFlash returns the place for a path, where the session keeps a list of T. A malformed path is the error of every use.
func NewFlash[T any](path string) Flash[T] { return Flash[T]{NewList[T](path)} }

// Add adds messages, in one round trip. At most the latest 20 wait.
func (f Flash[T]) Add(ctx context.Context, s *Session, messages ...T) {
	if len(messages) == 0 {
		return
	}
	u, err := s.newUpdate(opFlash, []Change{f.Push(messages...)})
	if err == nil {
		err = s.do(ctx, opFlash, func(ctx context.Context, store driver.Store) error {
			_, err := s.send(ctx, store, u)
			return err
		})
	}
	s.flashFailed(ctx, f.list.Path(), err)
}

// Push returns the change that adds messages, for an update that does more: s.SignIn(ctx, "42", Notice.Push("Welcome.")).
func (f Flash[T]) Push(messages ...T) Change {
	return f.list.PushWith(PushOptions{Slice: new(-maxFlash)}, messages...)
}

// Take removes the messages and returns them, the oldest first; of two pages that load at once one gets them. Where none waits it
// writes nothing, and costs what a read costs. What waits and is no T, as of an older version of the program, is removed, and the log
// tells of its type. For HEAD, and for a page that a browser only prefetches, which nobody sees (Sec-Purpose), it takes nothing.
func (f Flash[T]) Take(ctx context.Context, s *Session) (messages []T) {
	v, err := s.takeFlash(ctx, f.list.p)
	s.flashFailed(ctx, f.list.Path(), err)
	if err != nil || !v.Exists() {
		return nil
	}
	if ok, _ := f.list.Lenient().p.decode(ctx, s.m, opFlash, v, &messages); ok {
		return messages
	}
	messages = nil
	for _, element := range v.Elems() {
		var message T
		if govalue.Decode(element, &message) == nil {
			messages = append(messages, message)
		}
	}
	return messages
}

const opFlash = "flash"

// takeFlash removes what waits at the place, and returns it.
func (s *Session) takeFlash(ctx context.Context, p place) (taken driver.Value, err error) {
	if err := p.readable(opFlash); err != nil {
		return taken, &Error{opFlash, err}
	}
	u, err := s.newUpdate(opFlash, []Change{p.takeOut()})
	if err != nil {
		return taken, err
	}
	err = s.do(ctx, opFlash, func(ctx context.Context, store driver.Store) error {
		if s.request.Method == http.MethodHead || isPrefetch(s.request) {
			return nil
		}
		at := []found{{path: p.path}}
		if err := s.find(ctx, store, at); err != nil || !at[0].value.Exists() {
			return err
		}
		res, err := s.send(ctx, store, u)
		if err == nil {
			taken = res.Taken[0]
		}
		return err
	})
	return taken, err
}

// flashFailed tells the log of messages that were lost by a mistake in the program.
func (s *Session) flashFailed(ctx context.Context, path Path, err error) {
	if err == nil || s.exchange == nil || storeFault(err) || ctx.Err() != nil ||
		errors.Is(err, ErrNotFound) || errors.Is(err, ErrCrossSite) || s.request != nil && s.over() != nil {
		return
	}
	s.m.log().WarnContext(ctx, "flash messages are lost", "path", string(path), "error", err)
}
