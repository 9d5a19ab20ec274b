package demo

import (
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/changejson"
)

// readBody reads the JSON object in the body of r into the struct that into points to, as [changejson.Read] does. A request that
// is not as the interface wants it is a bad request.
func readBody(r *http.Request, into any) error {
	text, err := readText(r)
	if err != nil {
		return err
	}
	return changejson.Read("body", text, into)
}

// readChanges reads the body of an update.
func readChanges(r *http.Request) ([]atomicsession.Change, error) {
	text, err := readText(r)
	if err != nil {
		return nil, err
	}
	return changejson.Parse("body", text)
}

func readText(r *http.Request) ([]byte, error) {
	text, err := io.ReadAll(r.Body)
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, fmt.Errorf("%w: body over %d bytes", atomicsession.ErrTooLarge, tooLarge.Limit)
	}
	if err != nil {
		return nil, badRequest("the body cannot be read")
	}
	return text, nil
}

// readEmpty is for requests that have nothing to say.
func readEmpty(r *http.Request) error { return readBody(r, &struct{}{}) }
