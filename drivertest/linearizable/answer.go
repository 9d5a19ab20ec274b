package linearizable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// class is the set of errors that an error matches; none for nil.
type class uint32

var sentinels = []struct {
	err  error
	name string
}{
	{driver.ErrNotFound, "not found"},
	{driver.ErrRenewed, "renewed"},
	{driver.ErrReplayed, "replayed"},
	{driver.ErrExists, "exists"},
	{driver.ErrPath, "path"},
	{driver.ErrType, "type"},
	{driver.ErrOverflow, "overflow"},
	{driver.ErrConflict, "conflict"},
	{driver.ErrCondition, "condition"},
	{driver.ErrReauthenticate, "reauthenticate"},
	{driver.ErrTooManySessions, "too many sessions"},
	{driver.ErrValue, "value"},
	{driver.ErrTooLarge, "too large"},
	{driver.ErrCorrupt, "corrupt"},
	{driver.ErrLayout, "layout"},
	{driver.ErrUnknownOutcome, "unknown outcome"},
	{driver.ErrUnavailable, "unavailable"},
	{driver.ErrFull, "full"},
	{errors.ErrUnsupported, "unsupported"},
	{context.DeadlineExceeded, "deadline exceeded"},
	{context.Canceled, "canceled"},
}

// Some classes have names.
var (
	notFound  = classOf(driver.ErrNotFound)
	renewed   = classOf(driver.ErrRenewed)
	replayed  = classOf(driver.ErrReplayed)
	exists    = classOf(driver.ErrExists)
	condition = classOf(driver.ErrCondition)

	unknownBit = classOf(driver.ErrUnknownOutcome)
	contextBit = classOf(context.DeadlineExceeded) | classOf(context.Canceled)
	refusedBit = classOf(driver.ErrUnavailable) | classOf(driver.ErrFull) | classOf(errors.ErrUnsupported) | contextBit
	otherBit   = class(1) << 31 // an error that matches none of the sentinels
)

func classOf(err error) (c class) {
	if err == nil {
		return 0
	}
	for i, s := range sentinels {
		if errors.Is(err, s.err) {
			c |= 1 << i
		}
	}
	if c == 0 {
		return otherBit
	}
	return c
}

func (c class) String() string {
	var names []string
	for i, s := range sentinels {
		if c&(1<<i) != 0 {
			names = append(names, s.name)
		}
	}
	switch {
	case c == otherBit:
		return "an error that the contract does not know"
	case len(names) == 0:
		return "ok"
	}
	return strings.Join(names, ", ")
}

// answer is what a store has answered.
type answer struct {
	Class  class
	Text   string        `json:",omitempty"` // of the error
	Record driver.Record // of Load; of Update the metadata, and as Data the fields
	Taken  []driver.Value
	Listed []driver.Record
	N      int       `json:",omitempty"`
	Next   driver.ID // of DeleteMany
}

// unknown reports whether the operation may have taken effect or not, now or later.
func (a *answer) unknown() bool { return a.Class&unknownBit != 0 }

// refused reports whether the error says that nothing was changed, whatever the store holds.
func (a *answer) refused() bool { return a.Class&refusedBit != 0 && !a.unknown() }

// A record travels with its document as text.
type recordText struct {
	driver.Meta
	Authenticated time.Time
	Attrs         driver.Attrs `json:",omitempty"`
	Data          json.RawMessage
}

type answerText struct {
	Class  class
	Text   string       `json:",omitempty"`
	Record *recordText  `json:",omitempty"`
	Taken  []string     `json:",omitempty"` // "": missing
	Listed []recordText `json:",omitempty"`
	N      int          `json:",omitempty"`
	Next   driver.ID
}

// MarshalJSON implements [json.Marshaler].
func (a answer) MarshalJSON() ([]byte, error) {
	text := answerText{Class: a.Class, Text: a.Text, N: a.N, Next: a.Next}
	if diffRecords(&a.Record, &driver.Record{}) != "" {
		text.Record = new(textOfRecord(a.Record))
	}
	for _, v := range a.Taken {
		if v.Exists() {
			text.Taken = append(text.Taken, v.Text())
		} else {
			text.Taken = append(text.Taken, "")
		}
	}
	for _, r := range a.Listed {
		text.Listed = append(text.Listed, textOfRecord(r))
	}
	return json.Marshal(text)
}

func textOfRecord(r driver.Record) recordText {
	return recordText{Meta: r.Meta, Authenticated: r.Authenticated, Attrs: r.Attrs, Data: json.RawMessage(r.Data.Text())}
}

// UnmarshalJSON implements [json.Unmarshaler].
func (a *answer) UnmarshalJSON(b []byte) error {
	var text answerText
	if err := json.Unmarshal(b, &text); err != nil {
		return err
	}
	*a = answer{Class: text.Class, Text: text.Text, N: text.N, Next: text.Next}
	var err error
	if text.Record != nil {
		if a.Record, err = text.Record.record(); err != nil {
			return err
		}
	}
	for _, t := range text.Taken {
		var v driver.Value
		if t != "" {
			if v, err = driver.ParseValue(t); err != nil {
				return err
			}
		}
		a.Taken = append(a.Taken, v)
	}
	for _, t := range text.Listed {
		r, err := t.record()
		if err != nil {
			return err
		}
		a.Listed = append(a.Listed, r)
	}
	return nil
}

func (t *recordText) record() (driver.Record, error) {
	data, err := driver.ParseDoc(string(t.Data))
	return driver.Record{Meta: t.Meta, Authenticated: t.Authenticated, Attrs: t.Attrs, Data: data}, err
}

// diffRecords says how two records differ, in words; nothing if they do not.
func diffRecords(got, want *driver.Record) string {
	diff := diffMeta(&got.Meta, &want.Meta) + diffTimes("authenticated", got.Authenticated, want.Authenticated)
	if !maps.Equal(got.Attrs, want.Attrs) {
		diff += fmt.Sprintf("; attributes %q, want %q", got.Attrs, want.Attrs)
	}
	if !driver.IdenticalDocs(got.Data, want.Data) {
		diff += fmt.Sprintf("; data %s, want %s", got.Data.Text(), want.Data.Text())
	}
	return strings.TrimPrefix(diff, "; ")
}

func diffMeta(got, want *driver.Meta) string {
	if *got == *want {
		return ""
	}
	diff := ""
	if got.ID != want.ID {
		diff += fmt.Sprintf("; ID %v, want %v", got.ID, want.ID)
	}
	if got.User != want.User {
		diff += fmt.Sprintf("; user %q, want %q", got.User, want.User)
	}
	if got.Lifetime != want.Lifetime {
		diff += fmt.Sprintf("; lifetime %v, want %v", got.Lifetime, want.Lifetime)
	}
	return diff + diffTimes("created", got.Created, want.Created) + diffTimes("last used", got.LastUsed, want.LastUsed) +
		diffTimes("expires", got.Expires, want.Expires) + diffTimes("deadline", got.Deadline, want.Deadline)
}

func diffTimes(name string, got, want time.Time) string {
	if got.Equal(want) && got.Location() == time.UTC {
		return ""
	}
	return fmt.Sprintf("; %s %v, want %v", name, got, want)
}

func sameTaken(got, want []driver.Value) bool { return slices.EqualFunc(got, want, driver.Identical) }
