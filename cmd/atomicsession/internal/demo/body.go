package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"unicode/utf8"

	"github.com/atomicsession/atomicsession"
)

// readBody reads the JSON object in the body of r into the struct that into points to, as [object.read] does; an empty body is an
// empty object. The object is plain JSON. Within it the values that sessions are to hold, or to be compared with, are in the text
// form of [driver.Value]: 1 is an integer, 1.0 a float, {"$date":"..."} a time, {"$binary":"..."} bytes. A request that is not as
// the interface wants it is a bad request; a value that no session can hold, such as an integer beyond int64 or text that is not
// UTF-8, is [atomicsession.ErrValue].
func readBody(r *http.Request, into any) error {
	text, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return fmt.Errorf("%w: body over %d bytes", atomicsession.ErrTooLarge, tooLarge.Limit)
	}
	if err != nil {
		return badRequest("the body cannot be read")
	}
	return parseBody(text, into)
}

func parseBody(text []byte, into any) error {
	switch {
	case len(text) == 0:
		text = []byte("{}")
	case !utf8.Valid(text):
		return fmt.Errorf("%w: body is not UTF-8", atomicsession.ErrValue)
	case !json.Valid(text):
		return badRequest("the body is not JSON")
	}
	o, err := newObject("body", text)
	if err != nil {
		return err
	}
	return o.read(into)
}

// readEmpty is for requests that have nothing to say.
func readEmpty(r *http.Request) error { return readBody(r, &struct{}{}) }
