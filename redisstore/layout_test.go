package redisstore

import (
	"fmt"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestOtherLayout has sessions of an earlier and of a later version, which may have any fields beside $verifier and $user.
func TestOtherLayout(t *testing.T) {
	s := newStore(t, address, Options{Prefix: freshPrefix()})
	for _, version := range []int{layout - 1, layout + 1} {
		for _, missing := range []string{"$none", fieldSize, fieldExpires} {
			k, now := create(t, s, "ann", `{"n":1,"a":{"b":1}}`)
			key := s.sessionKey(k.ID)
			do(t, s.client, "HSET", key, fieldVerifier, fmt.Sprintf("%d:%s", version, verifierText(k.Verifier)))
			do(t, s.client, "HDEL", key, missing)
			storetest.OtherLayout(t, s, k, now, func() string { return dump(t, s, key) })
			do(t, s.client, "DEL", key, s.userKey("ann"))
		}
	}
	// Ours are ended all the same.
	k, now := create(t, s, "ann", `{}`)
	create(t, s, "ann", `{}`)
	do(t, s.client, "HSET", s.sessionKey(k.ID), fieldVerifier, "2:"+verifierText(k.Verifier))
	n, next, err := s.DeleteMany(t.Context(), now, driver.Selection{User: "ann"}, driver.ID{}, 10)
	if n != 1 || !next.IsZero() || !storetest.Matches(err, driver.ErrLayout) || storetest.Matches(err, driver.ErrUnknownOutcome) {
		t.Errorf("%d are ended, next %v, error %v; want 1 and %v", n, next, err, driver.ErrLayout)
	}
	storetest.WritesLayout(t, "doc.go", layout)
}
