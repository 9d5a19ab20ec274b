package redisstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestErrorsQuoteNothing has servers refuse commands, whose arguments they quote in their errors.
func TestErrorsQuoteNothing(t *testing.T) {
	const user, label = "whose-session", "which-device"
	for name, config := range map[string]string{
		"renamed":        "--rename-command EVALSHA refused",
		"denied":         "--user default on nopass ~* &* +@all -evalsha",
		"denied inside":  "--user default on nopass ~* &* +@all -hset -zadd -hmget -hget",
		"no reading":     "--rename-command HGETALL refused --rename-command ZRANGE refused2",
		"keys forbidden": "--user default on nopass ~other:* &* +@all",
	} {
		srv := newServer(t, strings.Fields(config)...)
		s := newStore(t, srv.Addr, Options{Prefix: "p:"}) // what is quoted is cut off behind 128 bytes
		ctx := context.Background()
		k, r := storetest.NewRecord(t, user, `{"n":1}`)
		r.Attrs = driver.Attrs{"label": label, "agent": label}
		now := r.Created
		refused := 0
		for _, call := range []func() error{
			func() error { return s.Create(ctx, k.Verifier, r) },
			func() error { r := r; r.User = ""; return s.Create(ctx, k.Verifier, r) },
			func() error { _, err := s.Load(ctx, now, k); return err },
			func() error { _, err := s.Update(ctx, now, k, inc("n")); return err },
			func() error {
				_, err := s.Update(ctx, now, k, &driver.Update{User: new(user), MaxAge: time.Hour})
				return err
			},
			func() error { return s.Delete(ctx, now, k) },
			func() error { _, err := s.List(ctx, now, user, driver.ID{}, 10); return err },
			func() error { return s.Delete(ctx, now, driver.UserKey(k.ID, user)) },
			func() error {
				_, _, err := s.DeleteMany(ctx, now, driver.Selection{User: user}, driver.ID{}, 10)
				return err
			},
		} {
			err := call()
			if err == nil || errors.Is(err, driver.ErrNotFound) || errors.Is(err, driver.ErrExists) {
				continue
			}
			refused++
			if !errors.Is(err, driver.ErrUnavailable) {
				t.Errorf("%s: error %v, want %v", name, err, driver.ErrUnavailable)
			}
			for _, secret := range []string{verifierText(k.Verifier), user, label, k.ID.String()} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("%s: the error quotes an argument: %v", name, err)
				}
			}
			if _, ok := errors.AsType[*rueidis.RedisError](err); !ok {
				t.Errorf("%s: the server's own error is not behind %v", name, err)
			}
		}
		if refused == 0 {
			t.Errorf("%s: no method has failed", name)
		}
	}
}

// TestOpenQuotesNothing has a server that does not know the commands with which clients introduce themselves.
func TestOpenQuotesNothing(t *testing.T) {
	srv := newServer(t, "--rename-command", "HELLO", "hello-there", "--rename-command", "AUTH", "let-me-in")
	s, err := Open(t.Context(), "redis://app:the-password@"+srv.Addr, nil)
	if err == nil {
		s.Close()
	}
	if !errors.Is(err, driver.ErrUnavailable) || strings.Contains(err.Error(), "the-password") {
		t.Errorf("error %v, want %v", err, driver.ErrUnavailable)
	}
}

func TestCode(t *testing.T) {
	for text, want := range map[string]struct {
		code    string
		mistake bool
	}{
		"NOREPLICAS": {"NOREPLICAS", false},
		"LOADING Redis is loading the dataset in memory":                  {"LOADING", false},
		"unknown command 'EVALSHA', with args beginning with: 'OOM '":     {"ERR", false},
		"OOM command not allowed when used memory > 'maxmemory'.":         {"OOM", false},
		"ERR unknown command 'EVALSHA', with args beginning with: 'OOM '": {"ERR", false},
		// Inside of a script, as Redis 7 and as Redis 6 have it.
		"WRONGTYPE Operation against a key holding the wrong kind of value script: f3, on @user_script:1.":             {"WRONGTYPE", false},
		"ERR The user executing the script can't run this command or subcommand script: f3, on @user_script:1.":        {"ERR", false},
		"ERR user_script:1: attempt to perform arithmetic on a string value script: f3, on @user_script:1.":            {"ERR", true},
		"user_script:1: attempt to perform arithmetic on a string value script: f3, on @user_script:1.":                {"ERR", true},
		"ERR Error running script (call to f_f3): @user_script: 9: -READONLY You can't write against a read only":      {"READONLY", false},
		"ERR Error running script (call to f_f3): @user_script: 9: -OOM command not allowed when used memory":          {"OOM", false},
		"Error running script (call to f_f3): @user_script: 9: -OOM command not allowed when used memory":              {"OOM", false},
		"ERR Error running script (call to f_f3): @user_script:9: WRONGTYPE Operation against a key holding the wrong": {"WRONGTYPE", false},
		"ERR Error running script (call to f_f3): @user_script:9: user_script:9: attempt to perform arithmetic on":     {"ERR", true},
	} {
		if got := code(text); got != want.code || isMistake(text) != want.mistake {
			t.Errorf("%s: code %s, a mistake: %t; want %s, %t", text, got, isMistake(text), want.code, want.mistake)
		}
	}
}
