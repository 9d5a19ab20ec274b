package drivertest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// sentinels are the errors that callers tell apart.
var sentinels = []error{
	driver.ErrNotFound, driver.ErrRenewed, driver.ErrReplayed, driver.ErrExists, driver.ErrPath, driver.ErrType, driver.ErrOverflow,
	driver.ErrConflict, driver.ErrCondition, driver.ErrReauthenticate, driver.ErrTooManySessions, driver.ErrValue, driver.ErrTooLarge,
	driver.ErrUnknownOutcome, driver.ErrUnavailable, driver.ErrFull, driver.ErrCorrupt, errors.ErrUnsupported,
}

// sameError reports whether a and b are both nil, or match the same sentinels and at least one.
func sameError(a, b error) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	shared := false
	for _, s := range sentinels {
		if errors.Is(a, s) != errors.Is(b, s) {
			return false
		}
		shared = shared || errors.Is(a, s)
	}
	return shared
}

// diffDocs says how two documents differ, in words; nothing if they do not. The others do the same.
func diffDocs(got, want driver.Doc) string {
	if driver.IdenticalDocs(got, want) {
		return ""
	}
	return fmt.Sprintf("\n\tdocument is %v\n\twant        %v", got.Text(), want.Text())
}

func diffTaken(got, want []driver.Value) string {
	same := func(a, b driver.Value) bool { return a.Kind() == b.Kind() && driver.Identical(a, b) }
	if slices.EqualFunc(got, want, same) {
		return ""
	}
	return fmt.Sprintf("\n\ttaken is %s\n\twant     %s", textOf(got), textOf(want))
}

func diffMeta(got, want driver.Meta) string {
	diff := ""
	if got.ID != want.ID {
		diff += fmt.Sprintf("\n\tID is %v, want %v", got.ID, want.ID)
	}
	if got.User != want.User {
		diff += fmt.Sprintf("\n\tUser is %q, want %q", got.User, want.User)
	}
	if got.Lifetime != want.Lifetime {
		diff += fmt.Sprintf("\n\tLifetime is %v, want %v", got.Lifetime, want.Lifetime)
	}
	return diff + diffTimes("Created", got.Created, want.Created) + diffTimes("LastUsed", got.LastUsed, want.LastUsed) +
		diffTimes("Expires", got.Expires, want.Expires) + diffTimes("Deadline", got.Deadline, want.Deadline)
}

func diffRecords(got, want driver.Record) string {
	return diffListed(got, want) + diffDocs(got.Data, want.Data)
}

// diffListed is diffRecords without the documents.
func diffListed(got, want driver.Record) string {
	diff := diffMeta(got.Meta, want.Meta) + diffTimes("Authenticated", got.Authenticated, want.Authenticated)
	if !maps.Equal(got.Attrs, want.Attrs) {
		diff += fmt.Sprintf("\n\tAttrs are %q, want %q", got.Attrs, want.Attrs)
	}
	return diff
}

func diffTimes(name string, got, want time.Time) string {
	if got.Equal(want) && got.Location() == time.UTC {
		return ""
	}
	return fmt.Sprintf("\n\t%s is %v, want %v", name, got, want)
}

func diffErrors(got, want error) string {
	if sameError(got, want) {
		return ""
	}
	return fmt.Sprintf("\n\terror is %v, want %v", got, want)
}

// describe writes an update so that a failure can be understood without the source of the case.
func describe(u *driver.Update) string {
	var b strings.Builder
	for _, c := range u.If {
		b.WriteString("if " + describeCondition(c) + "; ")
	}
	for _, op := range u.Ops {
		b.WriteString(describeOp(op) + "; ")
	}
	if u.MaxAge != 0 {
		fmt.Fprintf(&b, "used, for %v at most; ", u.MaxAge)
	}
	if u.Lifetime != 0 {
		fmt.Fprintf(&b, "lifetime %v; ", u.Lifetime)
	}
	if !u.Deadline.IsZero() {
		fmt.Fprintf(&b, "deadline %v; ", u.Deadline)
	}
	if u.Renew != nil {
		b.WriteString("renew; ")
	}
	if u.User != nil {
		fmt.Fprintf(&b, "user %q; ", *u.User)
	}
	if !u.Authenticated.IsZero() {
		fmt.Fprintf(&b, "authenticated %v; ", u.Authenticated)
	}
	if !u.AuthenticatedSince.IsZero() {
		fmt.Fprintf(&b, "if authenticated since %v; ", u.AuthenticatedSince)
	}
	if len(u.Attrs) > 0 {
		fmt.Fprintf(&b, "attributes %q; ", u.Attrs)
	}
	if u.SessionLimit != (driver.SessionLimit{}) {
		fmt.Fprintf(&b, "limit %+v; ", u.SessionLimit)
	}
	if u.Limits != (driver.Limits{}) {
		fmt.Fprintf(&b, "limits %+v; ", u.Limits)
	}
	return strings.TrimSuffix(b.String(), "; ")
}

func describeCondition(c driver.Condition) string {
	if len(c.Each) == 0 {
		return fmt.Sprintf("%q %v %v", string(c.Path), c.Is, c.Value.Text())
	}
	each := make([]string, len(c.Each))
	for i, inner := range c.Each {
		each[i] = describeCondition(inner)
	}
	return fmt.Sprintf("%q %v (%s)", string(c.Path), c.Is, strings.Join(each, "; "))
}

func describeOp(op driver.Op) string {
	text, err := json.Marshal(op)
	if err != nil {
		return fmt.Sprintf("%s that cannot be shown: %v", op.Name(), err)
	}
	var inside strings.Builder
	for _, op := range doing(op) {
		inside.WriteString(" (" + describeOp(op) + ")")
	}
	return op.Name() + " " + string(text) + inside.String()
}

// doing returns the operations inside op.
func doing(op driver.Op) []driver.Op {
	switch o := op.(type) {
	case driver.Elements:
		return o.Do
	case driver.Sequence:
		return o.Do
	}
	return nil
}

// textOf shows values, which do not print.
func textOf(values []driver.Value) string { return driver.ArrayValue(values...).Text() }
