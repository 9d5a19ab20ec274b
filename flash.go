package atomicsession

import (
	"context"
	"errors"
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
// That a message could not be stored or read is no reason to fail, since what it tells of has been done: so Add and Take return no
// error. The log gets it at level Warn, unless it is the store's fault, which is reported in any case ([Options].OnError), or the session
// or the request has ended. Whoever wants the error gives Push to an update, and takes from a [List].
type Flash[T any] struct{ list List[T] }

// NewFlash returns the place for a path, where the session keeps a list of T. A malformed path is the error of every use.
func NewFlash[T any](path string) Flash[T] { return Flash[T]{NewList[T](path)} }

// Add adds messages, in one round trip. At most the latest 20 wait.
func (f Flash[T]) Add(ctx context.Context, s *Session, messages ...T) {
	s.flashFailed(ctx, f.list.Path(), s.Update(ctx, f.Push(messages...)))
}

// Push returns the change that adds messages, for an update that does more: s.Renew(ctx, User("42"), Notice.Push("Welcome.")).
func (f Flash[T]) Push(messages ...T) Change {
	return f.list.PushWith(PushOptions{Slice: new(-maxFlash)}, messages...)
}

// Take removes the messages and returns them, the oldest first; of two pages that load at once one gets them. Where none waits it
// writes nothing, and costs what a read costs. What waits and is no T, as of an older version of the program, is removed and not
// returned.
func (f Flash[T]) Take(ctx context.Context, s *Session) []T {
	_, waiting, err := f.list.Path().Get(ctx, s)
	if err != nil || !waiting {
		s.flashFailed(ctx, f.list.Path(), err)
		return nil
	}
	messages, _, err := f.list.Take(ctx, s)
	s.flashFailed(ctx, f.list.Path(), err)
	return messages
}

// flashFailed tells the log of messages that were lost by a mistake in the program.
func (s *Session) flashFailed(ctx context.Context, path Path, err error) {
	if err == nil || s.exchange == nil || errors.Is(err, ErrNotFound) || storeFault(err) || ctx.Err() != nil {
		return
	}
	s.m.opts.Logger.WarnContext(ctx, "flash messages are lost", "path", string(path), "error", err)
}
