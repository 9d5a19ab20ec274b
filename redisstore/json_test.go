package redisstore

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/atomicsession/atomicsession/driver"
)

// TestJSONReadable reads a value of kind JSON as an application in another language would: the field holds JSON, and in it is the
// text, exactly.
func TestJSONReadable(t *testing.T) {
	s := newStore(t, address, Options{})
	for _, text := range []string{`null`, "{\"https://app/roles\":[\"a\"], \"n\":1.10}\n", `"\u0000 \ud800 é 😀 \\ \""`, `0.12345678901234567890123`, "[\"\u2028\"]"} {
		k, now := create(t, s, "", `{}`)
		set := &driver.Update{Ops: []driver.Op{driver.Set{Path: "j", Value: driver.JSONValue(text)}}}
		if _, err := s.Update(t.Context(), now, k, set); err != nil {
			t.Fatal(err)
		}
		key := s.sessionKey(k.ID)
		stored, err := s.client.Do(t.Context(), s.client.B().Hget().Key(key).Field("j").Build()).ToString()
		if err != nil {
			t.Fatal(err)
		}
		var value map[string]string
		if err := json.Unmarshal([]byte(stored), &value); err != nil || len(value) != 1 || value["$json"] != text {
			t.Errorf("%q is stored as %s (error: %v)", text, stored, err)
		}
		const read = `return cjson.decode(redis.call('HGET', KEYS[1], 'j'))['$json']`
		got, err := s.client.Do(t.Context(), s.client.B().Eval().Script(read).Numkeys(1).Key(key).Build()).ToString()
		if err != nil || got != text {
			t.Errorf("the server reads %q as %q (error: %v)", text, got, err)
		}
	}
}

// TestJSONByHand has somebody write what is no JSON where it should be.
func TestJSONByHand(t *testing.T) {
	s := newStore(t, address, Options{})
	for _, text := range []string{`{"$json":"nope"}`, `{"$json":""}`, `{"$json":"1 2"}`, `{"$json":"\"\\ud8"}`, `{"$json":"{\"a\":\u0001}"}`} {
		k, now := create(t, s, "", `{"o":{"a":1}}`)
		do(t, s.client, "HSET", s.sessionKey(k.ID), "j", text)
		if _, err := s.Load(t.Context(), now, k); !errors.Is(err, driver.ErrCorrupt) {
			t.Errorf("%s: Load: error %v, want %v", text, err, driver.ErrCorrupt)
		}
		for _, c := range []struct {
			op   driver.Op
			want error
		}{
			{driver.Unset{Path: "j.a"}, driver.ErrCorrupt},
			{driver.Push{Path: "j", Sort: []driver.Sort{{}}}, driver.ErrCorrupt},
			{driver.Take{Path: "j"}, driver.ErrUnknownOutcome}, // it is gone, and what it was cannot be said
		} {
			_, err := s.Update(t.Context(), now, k, &driver.Update{Ops: []driver.Op{c.op}})
			if !errors.Is(err, c.want) || errors.Is(err, driver.ErrCorrupt) != errors.Is(c.want, driver.ErrCorrupt) {
				t.Errorf("%s: %s: error %v, want %v", text, c.op.Name(), err, c.want)
			}
		}
		if got := document(t, s, k, now).Text(); got != `{"o":{"a":1}}` {
			t.Errorf("%s: the session has become %s", text, got)
		}
	}
}
