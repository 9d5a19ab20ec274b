package driver

import (
	"fmt"
	"maps"
	"time"
)

// Attrs are attributes of a record: short texts, by name, which lists of sessions show. They are apart from the document: no path
// of an operation or a condition reaches them, they do not count to its size, and an update does not return them.
//
// A name is one to 32 lower-case letters. A text is UTF-8 without NUL. Who sets attributes sets few, always under the same names,
// so that those of one record have at most [MaxAttrs] bytes: stores do not check that.
type Attrs map[string]string

// MaxAttrs is how many bytes the names and texts of a record's attributes have at most.
const MaxAttrs = 1024

// AttrOriginal is the name of the attribute that holds the ID of the session of which this one is a copy, made for somebody who
// has signed in twice at once. To a [SessionLimit] the two are one.
const AttrOriginal = "original"

func (a Attrs) check() error {
	size := 0
	for name, text := range a {
		if size += len(name) + len(text); size > MaxAttrs {
			return fmt.Errorf("%w: attributes of more than %d bytes", ErrValue, MaxAttrs)
		}
		if err := checkText("attribute "+cut(name, 32), text, MaxAttrs); err != nil {
			return err
		}
		for _, c := range []byte(name) {
			if c < 'a' || c > 'z' {
				return fmt.Errorf("%w: the name of an attribute is not of lower-case letters", ErrValue)
			}
		}
		if name == "" || len(name) > 32 {
			return fmt.Errorf("%w: the name of an attribute has not one to 32 letters", ErrValue)
		}
	}
	return nil
}

// With returns the attributes that a becomes under changes, in which "" removes one; nil if none is left. Neither is changed.
func (a Attrs) With(changes Attrs) Attrs {
	if len(changes) == 0 {
		return a
	}
	after := maps.Clone(a)
	if after == nil {
		after = make(Attrs, len(changes))
	}
	maps.Copy(after, changes)
	maps.DeleteFunc(after, func(_, text string) bool { return text == "" })
	if len(after) == 0 {
		return nil
	}
	return after
}

// Text returns a as a JSON object of texts, for [ParseAttrs]; "" if there are none.
func (a Attrs) Text() string {
	if len(a) == 0 {
		return ""
	}
	d := Doc{}
	for name, text := range a {
		d = d.With(name, StringValue(text))
	}
	return d.Text()
}

// ParseAttrs reads what [Attrs.Text] returns. What is no object of texts is [ErrCorrupt].
func ParseAttrs(text string) (Attrs, error) {
	if text == "" {
		return nil, nil
	}
	d, err := ParseDoc(text)
	attrs := make(Attrs, d.Len())
	for name, v := range d.All() {
		if attrs[name] = v.Str(); v.Kind() != String {
			err = ErrCorrupt
		}
	}
	if err != nil {
		return nil, Corrupt("the attributes are no object of texts")
	}
	return attrs, nil
}

// Record returns r as u, applied at now, leaves it, but for its Data: see [Update.Meta].
func (u *Update) Record(r Record, now time.Time) Record {
	r.Meta = u.Meta(r.Meta, now)
	switch {
	case !u.Authenticated.IsZero():
		r.Authenticated = millis(u.Authenticated)
	case u.User != nil && *u.User == "":
		r.Authenticated = time.Time{}
	}
	r.Attrs = r.Attrs.With(u.Attrs)
	return r
}

// CheckAuthenticated returns an error matching [ErrReauthenticate] unless a record authenticated at that time meets
// u.AuthenticatedSince.
func (u *Update) CheckAuthenticated(at time.Time) error {
	if u.AuthenticatedSince.IsZero() || !at.IsZero() && at.UnixMilli() >= u.AuthenticatedSince.UnixMilli() {
		return nil
	}
	return &OpError{Op: "if", Err: ErrReauthenticate}
}
