package driver

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
)

// The errors a store and [Eval] answer with. Test for them with [errors.Is]: they arrive wrapped,
// with the operation and the path in front, and never with a value, a secret or a verifier.
var (
	// ErrNotFound: no live record answers to the key. Absent, expired and wrong secret are one answer.
	ErrNotFound = errors.New("session not found")
	// ErrRenewed, which matches ErrNotFound: an update has renewed the verifier less than [RenewalWindow] ago, and the key has the one
	// before. A request meets it when another one signs in meanwhile. Delete returns it for any key with the ID of a live record and
	// another verifier.
	ErrRenewed = fmt.Errorf("%w: it has another secret by now", ErrNotFound)
	// ErrReplayed, which matches ErrNotFound: the key has the verifier before the latest renewal, and that was longer ago than
	// [RenewalWindow]. Somebody has kept the old secret: a thief, a browser that was restored from a backup, or one that did not get
	// the answer to its sign-in.
	ErrReplayed = fmt.Errorf("%w: its secret was replaced long ago", ErrNotFound)
	// ErrExists: Create met a record with the same ID.
	ErrExists = errors.New("session already exists")

	// ErrPath: a path or a name is malformed, or leads through a value that is neither an object nor an array.
	ErrPath = errors.New("invalid path")
	// ErrType: the operator cannot work on the kind of value it found (MongoDB: TypeMismatch).
	ErrType = errors.New("wrong type")
	// ErrOverflow: the result does not fit an int64 or a finite float64.
	ErrOverflow = errors.New("numeric overflow")
	// ErrConflict: two operations of one update touch the same path, or one a prefix of the other.
	ErrConflict = errors.New("conflicting paths")
	// ErrCondition: a condition of the update does not hold.
	ErrCondition = errors.New("condition not met")
	// ErrReauthenticate, which matches ErrCondition: the update asks for a more recent sign-in.
	ErrReauthenticate = fmt.Errorf("%w: the sign-in is too long ago", ErrCondition)
	// ErrTooManySessions: the user has as many sessions as [SessionLimit] allows.
	ErrTooManySessions = errors.New("too many sessions")
	// ErrValue: a value is outside the value set: not finite, not UTF-8, a time beyond year 9999, a name no path could reach.
	ErrValue = errors.New("invalid value")
	// ErrTooLarge: the change would pass one of the [Limits].
	ErrTooLarge = errors.New("too large")

	// ErrUnknownOutcome: the store cannot tell whether the operation took effect. It took effect once or not at all, or, if it is about
	// many records, on some of them.
	ErrUnknownOutcome = errors.New("outcome unknown")
	// ErrUnavailable: the store could not be reached or refused to work; nothing was changed.
	ErrUnavailable = errors.New("store unavailable")
	// ErrFull: the store has no room left; nothing was changed.
	ErrFull = errors.New("store full")
	// ErrCorrupt: what the store holds under this key is not a session record it understands. It was left as it is.
	ErrCorrupt = errors.New("corrupt record")
	// ErrLayout: the store keeps its records in another layout version than this program knows, or has not been made ready for any. It was
	// left as it is. It comes with ErrUnavailable where it is about the whole store, and with ErrCorrupt where it is about single records.
	ErrLayout = errors.New("another layout version")
)

// OpError says which operation of an update failed, on which path, and why.
type OpError struct {
	Op   string // the operator's name, such as "inc", or "if" for a condition
	Path Path   // in full; the text of the error shows the beginning of a long one
	Err  error  // matches one of the package's sentinels
}

func (e *OpError) Error() string {
	return OneLine(fmt.Sprintf("%s %q: %s", e.Op, cut(string(e.Path), 256), cut(e.Err.Error(), 1024)))
}

// cut returns the beginning of a text that is longer than most bytes: names and paths in errors may be a visitor's.
func cut(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// opError returns an OpError if err is not nil. One of an operation inside op stays what it is, with its path from where op's leads from.
func opError(op Op, err error) error {
	if err == nil {
		return nil
	}
	if inner, ok := errors.AsType[*OpError](err); ok {
		if _, ok := op.(Sequence); !ok {
			inner.Path = op.Target().join(inner.Path)
		}
		return inner
	}
	return &OpError{Op: op.Name(), Path: op.Target(), Err: err}
}

func (e *OpError) Unwrap() error { return e.Err }

// OneLine returns text without the characters that a terminal or a reader of logs may take for the end of a line or for a command.
// It is for the texts of errors, in which a server's words, names and several joined errors may bring such characters along.
func OneLine(text string) string {
	breaks := func(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }
	if strings.IndexFunc(text, breaks) < 0 {
		return text
	}
	lines := strings.FieldsFunc(text, breaks)
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.ReplaceAll(strings.Join(lines, "; "), ":; ", ": ")
}

// Corrupt returns an error that matches [ErrCorrupt] and says what is wrong with a record. Of the error that a reader of it has met
// it takes the text alone: that one is about what the store holds, and not about what a caller gave.
func Corrupt(what string) error { return wrap(ErrCorrupt, what) }

func wrap(err error, detail string) error { return fmt.Errorf("%w: %s", err, detail) }
