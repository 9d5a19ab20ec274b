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

// Flash is a place for messages, such as "Your profile was saved.". The next page that the visitor sees shows them, once:
//
//	var Notice = atomicsession.NewFlash[string]("notice")
//
//	Notice.Add(ctx, s, "Your profile was saved.")  // then redirect
//	for _, message := range Notice.Take(ctx, s) {  // in the page
//
// Add and Take return no error: the message tells of something that has been done, so a lost message need not fail the request. The log
// gets the error at level Warn, unless the session or the request has ended. A fault of the store is reported as always
// ([Options].OnError). If you want the error, give Push to an update, and take from a [List]. Add and Take do not send what
// [Session.Later] has queued: if that cannot be sent, the response must fail.
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

// Take removes the messages and returns them, the oldest first. If two pages load at once, one of them gets the messages. If no message
// waits, Take writes nothing, and costs what a read costs. A message that is no T, such as one of an older version of the program, is
// removed, and the log tells of its type. Take takes nothing in a HEAD request, nor for a page that a browser only prefetches
// (Sec-Purpose), because nobody sees these.
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
