package adaptertest

import (
	"context"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// later is a page that queues changes, and answers with a text.
func later(answer Answer, changes ...atomicsession.Change) func(context.Context, *atomicsession.Session) Answer {
	return func(ctx context.Context, s *atomicsession.Session) Answer {
		if err := s.Later(ctx, changes...); err != nil {
			return Answer{Session: err}
		}
		return answer
	}
}

// queue: what Later has queued is sent with the answer, and the session that begins by it has its cookie there.
func queue(s *site) {
	s.serve(pages{"/": later(text("welcome"), visits.Inc(1), name.Set("Ada")), "/show": show})
	r := s.get("/")
	s.want(r, http.StatusOK, "welcome")
	s.wantCookie(r)
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 1")
}

// failing is a page whose queue cannot be sent: a text is no number.
func failing(answer Answer) func(context.Context, *atomicsession.Session) Answer {
	return later(answer, atomicsession.Path("name").Inc(1))
}

// refused is the answer that comes then.
const refused = "Bad Request\n"

// failingQueue: if the queue cannot be sent, the browser gets an error in the place of the handler's answer, and nothing of that.
func failingQueue(s *site) {
	s.serve(pages{
		"/name": change("ok", name.Set("Ada")), "/show": show,
		"/text":     failing(text("done")),
		"/empty":    failing(Answer{Status: http.StatusNoContent}),
		"/redirect": failing(Answer{Status: http.StatusSeeOther, Location: "/show"}),
	})
	s.get("/name")
	for _, path := range []string{"/text", "/empty", "/redirect"} {
		r := s.get(path)
		if r.status != http.StatusBadRequest || r.text != refused || r.header.Get("Location") != "" {
			s.t.Errorf("%s: the answer is %d %q to %q", path, r.status, r.text, r.header.Get("Location"))
		}
	}
	s.want(s.get("/show"), http.StatusOK, "Ada, visit 0")
}

// queueOfFailure: an answer with a status of 500 drops the queue.
func queueOfFailure(s *site) {
	s.serve(pages{
		"/": count, "/show": show,
		"/text":  later(Answer{Status: http.StatusBadGateway, Text: "no"}, visits.Inc(1)),
		"/empty": later(Answer{Status: http.StatusServiceUnavailable}, visits.Inc(1)),
	})
	s.get("/")
	s.want(s.get("/text"), http.StatusBadGateway, "no")
	s.want(s.get("/empty"), http.StatusServiceUnavailable, "")
	s.want(s.get("/show"), http.StatusOK, "nobody, visit 1")
}

// failingQueueOfStream: an error in the place of a stream, too.
func failingQueueOfStream(s *site) {
	s.serve(pages{
		"/name":   change("ok", name.Set("Ada")),
		"/stream": failing(Answer{Status: http.StatusOK, Lines: func(yield func(string) bool) { yield("done\n") }}),
	})
	s.get("/name")
	s.want(s.get("/stream"), http.StatusBadRequest, refused)
}
