package redisstore

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
)

// layout is the version of the hashes that this package writes and understands. The verifier of any but the first stands behind its number
// and a colon, so that what is no verifier of ours is refused by every method, at no cost: see damaged. In every version a
// session is a hash with $verifier and $user, and entered into its user's index, so that none is overlooked when all are ended. Whoever
// raises it has verifierText write the number, and verifierLen and lua/intact.lua expect it.
const layout = 1

// The fields of a session's hash that are not its document's.
const (
	fieldVerifier      = "$verifier" // SHA-256 of the secret, base64url
	fieldRenewed       = "$renewed"  // the verifier before the latest renewal, a space, the time of that, and signedIn if it was one; absent: none
	fieldUser          = "$user"     // absent: nobody
	fieldCreated       = "$created"  // when, and behind a space the attribute label if there is one; all times: Unix milliseconds
	fieldUsed          = "$used"
	fieldExpires       = "$expires"
	fieldLifetime      = "$lifetime"      // milliseconds; absent: an earlier version has written the session
	fieldDeadline      = "$deadline"      // absent: none
	fieldSize          = "$size"          // Doc.Size of the document
	fieldOps           = "$ops"           // when the first of them came, and the latest operation IDs: see lua/history.lua
	fieldAuthenticated = "$authenticated" // absent: not known
	fieldAttrs         = "$attrs"         // the other attributes, a JSON object of texts; absent: none
	fieldIndexed       = "$indexed"       // the session must be entered into the user's index again before it lives longer than this
)

// How long some of their texts are.
const (
	verifierLen = 43
	opsTimeLen  = 13 // the time in $ops
	opIDRoom    = 9  // an operation ID with the space before it
)

// signedIn ends what a hash remembers of a renewal for which [driver.Update.SignsIn] was true.
const signedIn = " signed-in"

// Create implements [driver.Store]: one script call, and one for the index if the session has a user.
func (s *Store) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	p, id := retry.For(s.timeout), newOpID()
	args := make([]string, 0, 2+2*(len(metaFields)+6+r.Data.Len()))
	args = append(args, timeText(r.Expires), id,
		fieldVerifier, verifierText(v), fieldSize, strconv.Itoa(r.Data.Size()))
	meta := metaOf(r)
	fields, texts := append(metaFields[:], moreFields[:]...), append(meta[:], optionalTime(r.Authenticated), attrsText(r.Attrs))
	for i, text := range texts {
		if text != "" {
			args = append(args, fields[i], text)
		}
	}
	if r.User != "" {
		until := indexUntil(r.LastUsed, r.Expires)
		if err := s.index(ctx, &p, r.User, r.ID.String(), until); err != nil {
			return err
		}
		args = append(args, fieldUser, r.User, fieldIndexed, until)
	}
	for name, value := range r.Data.All() {
		args = append(args, name, textOf(value))
	}
	a, err := s.exec(ctx, &p, createScript, s.sessionKey(r.ID), args)
	if errors.Is(err, driver.ErrUnknownOutcome) {
		return s.findCreated(ctx, &p, r.ID, id, err)
	}
	if err == nil {
		err = a.refusal()
	}
	if err == nil {
		s.wrote(r.ID)
	}
	return err
}

// findCreated looks whether a Create without an answer has arrived. It never creates again.
func (s *Store) findCreated(ctx context.Context, p *retry.Patience, session driver.ID, id string, unknown error) error {
	if s.replicas > 0 { // what is there need not be on a replica
		return unknown
	}
	a, err := s.ask(ctx, p, session, []string{"", "", id})
	if err == nil && a.status() == "ok" { // only who knows the operation ID gets this far without the verifier
		s.wrote(session)
		return nil
	}
	return unknown
}

// Load implements [driver.Store]: one HGETALL, which client-side caching may answer.
func (s *Store) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	hash, err := s.hash(ctx, k.ID)
	if err != nil {
		return driver.Record{}, err
	}
	return recordOf(hash, now, k)
}

// recordFields are the fields of a hash that a record is read from beside its document.
var recordFields = slices.Concat([]string{fieldVerifier, fieldRenewed, fieldUser, fieldSize, fieldOps}, metaFields[:], moreFields[:])

// LoadFields implements [driver.FieldLoader]: one HMGET. With client-side caching it is what Load has, or fetches, of the whole session:
// one copy of it serves all reads.
func (s *Store) LoadFields(ctx context.Context, now time.Time, k driver.Key, names []string) (driver.Record, error) {
	if err := s.ready(ctx); err != nil {
		return driver.Record{}, err
	}
	fields := slices.Concat(recordFields, names)
	part, err := s.part(ctx, k.ID, fields)
	if err != nil {
		return driver.Record{}, err
	}
	return recordOf(part, now, k)
}

// recordOf returns what Load does of a session's hash.
func recordOf(hash map[string]string, now time.Time, k driver.Key) (driver.Record, error) {
	if len(hash) == 0 {
		return driver.Record{}, driver.ErrNotFound
	}
	if err := intact(hash[fieldVerifier], hash[fieldSize], hash[fieldOps]); err != nil {
		return driver.Record{}, err
	}
	var texts metaTexts
	for i, field := range metaFields {
		texts[i] = hash[field]
	}
	meta, err := texts.parse(k.ID, hash[fieldUser])
	switch {
	case err != nil:
		return driver.Record{}, err
	case !meta.Expires.After(now):
		return driver.Record{}, driver.ErrNotFound
	}
	var renewed error
	if v := verifierText(k.Verifier); k.ByUser && k.User != meta.User {
		return driver.Record{}, driver.ErrNotFound
	} else if !k.ByUser && subtle.ConstantTimeCompare([]byte(hash[fieldVerifier]), []byte(v)) != 1 {
		renewed = stranger(hash, v, now)
		switch {
		case errors.Is(renewed, driver.ErrReplayed):
			return driver.Record{Meta: driver.Meta{ID: k.ID, User: meta.User}}, renewed
		case !errors.Is(renewed, driver.ErrRenewed) || !strings.HasSuffix(hash[fieldRenewed], signedIn):
			return driver.Record{}, renewed
		}
	}
	r := driver.Record{Meta: meta}
	if err := parseMore(&r, texts, hash[fieldAuthenticated], hash[fieldAttrs]); err != nil {
		return driver.Record{}, err
	}
	if r.Data, err = parseDoc(hash); err != nil {
		return driver.Record{}, err
	}
	return r, renewed
}

// intact returns an error if what every session holds beside its metadata and its document is not there, or is not what this package
// writes. lua/intact.lua says the same, so that every method has the same answer.
func intact(verifier, size, ops string) error {
	_, ok := parseNumber(size) // below 0 where fields have been changed by hand
	if !ok || len(verifier) != verifierLen || len(ops) < opsTimeLen || len(ops)%opIDRoom != opsTimeLen%opIDRoom {
		return damaged(verifier)
	}
	return nil
}

// damaged returns the error of a session that is not as this package writes it, and has the verifier: another version may have written it.
func damaged(verifier string) error {
	number, _, _ := strings.Cut(verifier, ":")
	if version, err := strconv.Atoi(number); err == nil && version != layout && number != verifier {
		return fmt.Errorf("%w: %w: the session has %d, this program knows %d", driver.ErrCorrupt, driver.ErrLayout, version, layout)
	}
	return driver.Corrupt("its secret, size or history is not one")
}

// stranger returns the error for a verifier that is not the one of a live session: see lua/guard.lua.
func stranger(hash map[string]string, verifier string, now time.Time) error {
	from, at, _ := strings.Cut(strings.TrimSuffix(hash[fieldRenewed], signedIn), " ")
	renewed, ok := parseNumber(at)
	switch {
	case !ok || from != verifier:
		return driver.ErrNotFound
	case now.UnixMilli() < renewed+driver.RenewalWindow.Milliseconds():
		return driver.ErrRenewed
	}
	return driver.ErrReplayed
}

func (s *Store) hash(ctx context.Context, id driver.ID) (map[string]string, error) {
	p, key := retry.For(s.timeout), s.sessionKey(id)
	return read(ctx, s, &p, key, func() (map[string]string, error) {
		if s.cacheTTL > 0 {
			return s.cachedHash(ctx, id, key)
		}
		return s.freshHash(ctx, key)
	})
}

// part returns those of the fields that a session's hash has.
func (s *Store) part(ctx context.Context, id driver.ID, fields []string) (map[string]string, error) {
	part := make(map[string]string, len(fields))
	if s.cacheTTL == 0 {
		p, key := retry.For(s.timeout), s.sessionKey(id)
		return read(ctx, s, &p, key, func() (map[string]string, error) {
			texts, err := s.client.Do(ctx, s.client.B().Hmget().Key(key).Field(fields...).Build()).ToArray()
			clear(part)
			for i, text := range texts {
				if !text.IsNil() && err == nil {
					part[fields[i]], err = text.ToString()
				}
			}
			return part, err
		})
	}
	hash, err := s.hash(ctx, id)
	for _, field := range fields {
		if text, ok := hash[field]; ok {
			part[field] = text
		}
	}
	return part, err
}

func parseDoc(hash map[string]string) (driver.Doc, error) {
	names, values := make([]string, 0, len(hash)), make([]string, 0, len(hash))
	for name, text := range hash {
		if !strings.HasPrefix(name, "$") {
			names, values = append(names, name), append(values, text)
		}
	}
	return driver.ParseFields(names, values)
}

// Delete implements [driver.Store]: one script call, and one for the index if the session has a user.
func (s *Store) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	if err := s.ready(ctx); err != nil {
		return err
	}
	a, err := s.remove(ctx, retry.For(s.timeout), k.ID, timeText(now), keyText(k), firstTry, "", "")
	if err == nil {
		s.unindex(ctx, a.text(1), k.ID)
	}
	return err
}

// What the delete script calls its first try and any other.
const firstTry, anotherTry = "", "1"

// remove runs the delete script until its outcome is known: it may be repeated, since nothing brings a session back. It returns
// nil if the session is gone already, by a try that was not answered or by somebody else.
func (s *Store) remove(ctx context.Context, p retry.Patience, id driver.ID, args ...string) (a answer, err error) {
	const argTry = 2
	err = p.Repeat(ctx, func() (err error) {
		a, err = s.call(ctx, deleteScript, s.sessionKey(id), args)
		if errors.Is(err, driver.ErrUnknownOutcome) { // it may still be executed
			args[argTry] = anotherTry
		}
		return err
	})
	if err == nil {
		err = a.refusal()
	}
	if err == nil {
		s.wrote(id)
	}
	return a, err
}
