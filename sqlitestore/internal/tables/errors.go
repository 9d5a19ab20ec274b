package tables

import (
	"errors"
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// errEval: working out the update would hold others up. Nothing was changed.
var errEval = errors.New("a heavy update")

// ErrLayout is about all sessions.
var ErrLayout = fmt.Errorf("%w: %w", driver.ErrUnavailable, driver.ErrLayout)

// Result codes of SQLite. The low byte of an extended one is what it is about.
const (
	codeError      = 1
	codeBusy       = 5
	codeLocked     = 6
	codeCorrupt    = 11
	codeFull       = 13
	codeNotADB     = 26
	codeIOErrWrite = 10 | 3<<8
)

// Locked reports whether a result code says that others hold a lock, so that the statement had no effect and may be tried again.
func Locked(code int) bool { return code&0xff == codeBusy || code&0xff == codeLocked }

// Means returns the sentinel of package driver for what SQLite has answered, if it took no effect.
func Means(code int, text string) error {
	switch code & 0xff {
	case codeFull:
		return driver.ErrFull
	case codeCorrupt, codeNotADB:
		return driver.ErrCorrupt
	case codeError:
		if strings.Contains(text, "no such ") { // a newer program has renamed what it migrated
			return ErrLayout
		}
	}
	return driver.ErrUnavailable
}

// CommitMeans is Means for a failed COMMIT. A transaction whose last page could not be written is not made. Of any other failure, that
// of the fsync above all, nobody can say whether the transaction would still be found in the log after a crash.
func CommitMeans(code int, text string) error {
	if code&0xff == codeFull || Locked(code) || code == codeIOErrWrite {
		return Means(code, text)
	}
	return driver.ErrUnknownOutcome
}
