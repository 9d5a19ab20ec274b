package adaptertest

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"

	"github.com/atomicsession/atomicsession"
)

// Answer is what a handler of the framework is to do, by the framework's own means: the first of these that is set.
type Answer struct {
	Panic   bool  // panics
	Err     error // fails with it, as handlers of the framework fail, so that its page of errors answers
	Session error // answers by [atomicsession.Manager.WriteError]
	// Conn takes the connection over: the handler sends Status and all headers, then calls Conn with it.
	Conn func(io.ReadWriter)

	Location string           // redirects there, with Status
	Lines    iter.Seq[string] // sends Status, then each line as soon as there is one
	Text     string           // sends Status and the text; "": Status alone

	Status int
	Header http.Header // more than the framework sends by itself
}

// Write carries the answer out as a handler of net/http does, by which many frameworks can answer. What fails with Err is up to
// the framework.
func (a Answer) Write(m *atomicsession.Manager, w http.ResponseWriter, r *http.Request) error {
	maps.Copy(w.Header(), a.Header)
	switch {
	case a.Panic:
		panic("as the suite has asked for")
	case a.Err != nil:
		return a.Err
	case a.Session != nil:
		m.WriteError(w, r, a.Session)
	case a.Conn != nil:
		return a.takeOver(w)
	case a.Location != "":
		http.Redirect(w, r, a.Location, a.Status)
	case a.Lines != nil:
		return a.stream(w)
	case a.Text != "":
		w.WriteHeader(a.Status)
		_, err := io.WriteString(w, a.Text)
		return err
	default:
		w.WriteHeader(a.Status)
	}
	return nil
}

func (a Answer) stream(w http.ResponseWriter) error {
	w.WriteHeader(a.Status)
	for line := range a.Lines {
		if _, err := io.WriteString(w, line); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (a Answer) takeOver(w http.ResponseWriter) error {
	conn, both, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	defer conn.Close()
	fmt.Fprintf(both, "HTTP/1.1 %d %s\r\n", a.Status, http.StatusText(a.Status))
	_ = w.Header().Write(both)
	_, _ = both.WriteString("\r\n")
	if err := both.Flush(); err != nil {
		return err
	}
	a.Conn(struct {
		io.Reader
		io.Writer
	}{both.Reader, conn})
	return nil
}
