package redisstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// damages are what may have become of a metadata field; "" is a field that is not there, "”" one that is empty.
var damages = map[string]string{
	"missing": "", "empty": "''", "no number": "soon", "half a number": "12x", "a fraction": "1.5", "hexadecimal": "0x10", "an exponent": "1e12",
	"a space before": " 12", "infinite": "inf", "too large": "99999999999999999999999", "too large for a date": "9223372036854775807",
	"half of a date": "-", "a plus": "+12",
}

// TestDamage damages every metadata field in every way: all methods have one answer, that the session is damaged or that it is not,
// and what is damaged stays as it is.
func TestDamage(t *testing.T) {
	// Of these any text is one, or counts as none.
	whatever := map[string]bool{fieldUser: true, fieldIndexed: true, fieldRenewed: true, "$before": true, "$repeated": true}
	optional := map[string]bool{fieldLifetime: true, fieldDeadline: true}
	s := newStore(t, address, Options{Prefix: freshPrefix()})
	for _, field := range []string{
		fieldVerifier, fieldRenewed, fieldUser, fieldCreated, fieldUsed, fieldExpires, fieldLifetime, fieldDeadline, fieldSize, fieldIndexed,
		"$ops", "$before", "$repeated",
	} {
		for damage, text := range damages {
			want := driver.ErrCorrupt
			if whatever[field] || optional[field] && (text == "" || text == "''") {
				want = nil
			}
			for _, method := range []string{
				"Load", "Load fields", "Update", "Update, nested", "Update, set", "Delete", "List", "Delete by user", "DeleteMany",
			} {
				k, now := create(t, s, "ann", `{"a":{"b":1},"n":1}`)
				key := s.sessionKey(k.ID)
				if text == "" {
					do(t, s.client, "HDEL", key, field)
				} else {
					do(t, s.client, "HSET", key, field, strings.Trim(text, "'"))
				}
				before := dump(t, s, key)
				err := storetest.Methods(s, k, now)[method](context.Background())
				if field == fieldUser && method == "Delete by user" && errors.Is(err, driver.ErrNotFound) {
					err = nil // it is another user's now
				}
				if !errors.Is(err, want) || errors.Is(err, driver.ErrUnknownOutcome) {
					t.Errorf("%s %s: %s: error %v, want %v", field, damage, method, err, want)
				}
				if want != nil && dump(t, s, key) != before {
					t.Errorf("%s %s: %s has changed it", field, damage, method)
				}
				do(t, s.client, "DEL", key, s.userKey("ann"))
			}
		}
	}
}

// TestDamagedStranger asks with a secret that is not the session's, or no longer.
func TestDamagedStranger(t *testing.T) {
	s := newStore(t, address, Options{Prefix: freshPrefix()})
	for damage, text := range damages {
		for name, field := range map[string]string{"renewed": fieldRenewed, "expires": fieldExpires} {
			k, now := create(t, s, "ann", `{"n":1}`)
			if _, err := s.Update(t.Context(), now, k, &driver.Update{Renew: new(driver.Secret{1}.Verifier())}); err != nil {
				t.Fatal(err)
			}
			want := driver.ErrCorrupt
			if field == fieldRenewed {
				text, want = verifierText(k.Verifier)+" "+text, driver.ErrNotFound
			}
			do(t, s.client, "HSET", s.sessionKey(k.ID), field, text)
			for _, method := range []string{"Load", "Load fields", "Update", "Update, nested", "Delete"} {
				if err := storetest.Methods(s, k, now)[method](context.Background()); !errors.Is(err, want) {
					t.Errorf("%s, %s: %s: error %v, want %v", name, damage, method, err, want)
				}
			}
		}
	}
}

// dump returns all that a key holds, "" if there is none.
func dump(t *testing.T, s *Store, key string) string {
	t.Helper()
	text, err := s.client.Do(context.Background(), s.client.B().Dump().Key(key).Build()).ToString()
	if err != nil && !rueidis.IsRedisNil(err) {
		t.Fatal(err)
	}
	return text
}
