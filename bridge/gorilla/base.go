package gorillabridge

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/bridge"
)

// idEntry is the entry with the random ID that a name has from its beginning to its removal. No key of a session is stored as this.
const idEntry = "%id"

// base is what is known of what the store holds under a name: what was loaded into a session, or saved from it.
type base struct {
	known   bool
	failed  error // why it could not be loaded
	there   bool
	id      string // "" if it has none: native keys have made it, or it is not there
	session string // the ID of the visitor's session
	entries map[string]driver.Value
}

func place(name string) atomicsession.Path { return atomicsession.Path(bridge.EncodeName(name)) }

func entry(name, entry string) atomicsession.Path {
	return place(name) + "." + atomicsession.Path(entry)
}

// load returns what is stored under a name, and its values.
func (s *Store) load(ctx context.Context, name string) (base, map[any]any, error) {
	values := make(map[any]any)
	current := s.manager.Get(ctx)
	stored, there, err := atomicsession.NewKey[driver.Value](bridge.EncodeName(name)).Get(ctx, current)
	if err == nil && there && stored.Kind() != driver.Object {
		err = &atomicsession.Error{Op: "get", Err: fmt.Errorf("%w: %q holds no session of that name", atomicsession.ErrType, name)}
	}
	if err != nil {
		return base{known: true, failed: err}, values, err
	}
	if !there {
		return base{known: true}, values, nil
	}
	b, err := s.identify(ctx, name)
	if err != nil {
		return base{known: true, failed: err}, values, err
	}
	var errs []error
	for entry, v := range stored.Doc().All() {
		if entry == idEntry {
			continue
		}
		key, value, err := decode(entry, v)
		if err != nil {
			errs = append(errs, err)
		} else if key != nil {
			values[key], b.entries[entry] = value, v
		}
	}
	if len(errs) > 0 {
		err = &atomicsession.Error{Op: "get", Err: errors.Join(errs...)}
	}
	return b, values, err
}

// identify returns what is stored under a name that is there, and known to the request, but for its entries.
func (s *Store) identify(ctx context.Context, name string) (base, error) {
	current := s.manager.Get(ctx)
	id, _, err := atomicsession.NewKey[string](string(entry(name, idEntry))).Get(ctx, current)
	if err != nil {
		return base{}, err
	}
	info, _, err := current.Info(ctx)
	return base{known: true, there: true, id: id, session: info.ID.String(), entries: make(map[string]driver.Value)}, err
}

// differs reports whether an entry is not what it is in after.
func (b base) differs(after map[string]driver.Value, at string) bool {
	before, was := b.entries[at]
	now, is := after[at]
	return was != is || is && !bridge.Same(before, now)
}

// changes returns what makes the entries of b those of after.
func (b base) changes(name string, after map[string]driver.Value) (changes []atomicsession.Change) {
	for at, v := range after {
		if b.differs(after, at) {
			changes = append(changes, entry(name, at).Set(v))
		}
	}
	for at := range b.entries {
		if _, ok := after[at]; !ok {
			changes = append(changes, entry(name, at).Unset())
		}
	}
	return changes
}

// guard returns the condition that the name is still the one that was loaded, if that had an ID.
func (b base) guard(name string) atomicsession.Change {
	if b.id == "" {
		return nil
	}
	return atomicsession.If(entry(name, idEntry).Eq(b.id))
}

// mark is guard, and gives an ID to a name that has none.
func (b base) mark(name string) atomicsession.Change {
	if b.id == "" {
		return entry(name, idEntry).SetIfAbsent(rand.Text())
	}
	return b.guard(name)
}

// isEmpty reports whether v is a name without values.
func isEmpty(v driver.Value) bool {
	return v.Kind() == driver.Object && (v.Doc().Len() == 0 || v.Doc().Len() == 1 && v.Doc().Get(idEntry).Exists())
}
