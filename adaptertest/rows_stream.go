package adaptertest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession"
)

// stream: the header comes with the first line, before the second one is made, and so does the cookie.
func stream(s *site) {
	goOn := make(chan struct{})
	release := sync.OnceFunc(func() { close(goOn) })
	defer release() // also after a failure, since the server waits for its handlers
	s.serve(pages{
		"/": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Update(ctx, visits.Inc(1)); err != nil {
				return Answer{Session: err}
			}
			return Answer{Status: http.StatusOK, Lines: func(yield func(string) bool) {
				if yield("one\n") {
					<-goOn
					yield("two\n")
				}
			}}
		},
		"/show": show,
	})
	resp := s.open(s.request(http.MethodGet, "/", ""))
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	first, err := lines.ReadString('\n')
	s.wantCookie(reply{resp.StatusCode, resp.Header, ""})
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 1") // while it goes on
	release()
	rest, restErr := io.ReadAll(lines)
	if err := errors.Join(err, restErr); err != nil || first != "one\n" || string(rest) != "two\n" {
		s.t.Errorf("the stream is %q, then %q, %v", first, rest, err)
	}
}

// lateChange: once the header is out no cookie can change, and whoever tries is told; everything else goes on. It is out for certain when the
// browser has the first line: a framework may send that a while after it was made.
func lateChange(s *site) {
	goOn, late := make(chan struct{}), make(chan [2]error, 1)
	s.serve(pages{
		"/": count, "/show": show,
		"/stream": func(ctx context.Context, session *atomicsession.Session) Answer {
			return Answer{Status: http.StatusOK, Lines: func(yield func(string) bool) {
				if yield("one\n") {
					<-goOn
					late <- [2]error{session.Renew(ctx), session.Update(ctx, visits.Inc(1))}
					yield("two\n")
				}
			}}
		},
	})
	s.get("/")
	resp := s.open(s.request(http.MethodGet, "/stream", ""))
	defer resp.Body.Close()
	lines := bufio.NewReader(resp.Body)
	first, err := lines.ReadString('\n')
	close(goOn)
	rest, restErr := io.ReadAll(lines)
	if err := errors.Join(err, restErr); err != nil || first != "one\n" || string(rest) != "two\n" {
		s.t.Errorf("the stream is %q, then %q, %v", first, rest, err)
	}
	errs := wait(s, late, "the change")
	if !errors.Is(errs[0], atomicsession.ErrHeadersSent) || errs[1] != nil {
		s.t.Errorf("a Renew after the header returned %v, an Update %v", errs[0], errs[1])
	}
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 2")
}

// afterHandler: what goes on after the handler has the session of its own request, whatever requests come meanwhile, but no cookie.
func afterHandler(s *site) {
	goOn, done := make(chan struct{}), make(chan [2]error, 1)
	s.serve(pages{
		"/": count, "/show": show,
		"/job": func(ctx context.Context, session *atomicsession.Session) Answer {
			ctx = context.WithoutCancel(ctx)
			go func() {
				<-goOn
				done <- [2]error{session.Update(ctx, name.Set("Ada")), session.Renew(ctx)}
			}()
			return text("it will be done")
		},
	})
	s.get("/")
	s.want(s.get("/job"), http.StatusOK, "it will be done")
	mine := s.browser.Jar
	s.browser.Jar = nil
	for range 20 { // other visitors, whose requests may get what the framework keeps for the next request
		s.get("/")
	}
	s.browser.Jar = mine
	close(goOn)
	errs := wait(s, done, "the job")
	if errs[0] != nil || !errors.Is(errs[1], atomicsession.ErrHeadersSent) {
		s.t.Errorf("an Update after the handler returned %v, a Renew %v", errs[0], errs[1])
	}
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 1")
}

// cancelledRequest: the handler's context ends when the browser goes away. What it has changed is kept, and nothing is
// done that would need a cookie.
func cancelledRequest(s *site) {
	arrived, done := make(chan struct{}), make(chan [2]error, 1)
	s.serve(pages{
		"/": count, "/show": show,
		"/slow": func(ctx context.Context, session *atomicsession.Session) Answer {
			if err := session.Update(ctx, name.Set("Ada")); err != nil {
				return Answer{Session: err}
			}
			close(arrived)
			select {
			case <-ctx.Done():
			case <-time.After(patience):
			}
			err := ctx.Err()
			done <- [2]error{err, session.Renew(context.WithoutCancel(ctx))}
			return text("nobody reads this")
		},
	})
	s.get("/")
	ctx, cancel := context.WithCancel(s.t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	if _, err := s.browser.Do(s.request(http.MethodGet, "/slow", "").WithContext(ctx)); err == nil {
		s.t.Error("the cancelled request has an answer")
	}
	errs := wait(s, done, "the end of the context")
	if !errors.Is(errs[0], context.Canceled) || !errors.Is(errs[1], atomicsession.ErrHeadersSent) {
		s.t.Errorf("the context's end is %v, a Renew returned %v", errs[0], errs[1])
	}
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 1")
}
