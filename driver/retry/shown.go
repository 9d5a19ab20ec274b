package retry

import "github.com/atomicsession/atomicsession/driver"

// Shown returns an error whose text may be shown, instead of cause: servers and their clients may write several lines, and quote
// what a session holds. The text is text in one line, behind that of means unless means is nil. The error matches means, which is
// a sentinel of package driver or of the store, and what cause matches.
func Shown(means error, text string, cause error) error {
	if means != nil {
		text = means.Error() + ": " + text
	}
	return &shown{means, driver.OneLine(text), cause}
}

type shown struct {
	means error
	text  string
	cause error
}

func (e *shown) Error() string { return e.text }

func (e *shown) Unwrap() []error {
	if e.means == nil {
		return []error{e.cause}
	}
	return []error{e.means, e.cause}
}
