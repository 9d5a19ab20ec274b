package scsbridge_test

import (
	"context"
	"encoding/gob"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"github.com/alexedwards/scs/v2"
)

// side is one of the two managers in lock step.
type side struct {
	sm     *scs.SessionManager
	tokens []string // that the visitors have had; those of one place are of the same session
	w      http.ResponseWriter
	err    error // of LoadAndSave
}

// args are what a call may use. Values are made for each side.
type args struct {
	key   string
	value func() any
	d     time.Duration
	token int
}

// Point is a type that applications register.
type Point struct {
	X, Y  int
	Names map[string][]string
}

func init() {
	gob.Register(Point{})
	gob.Register(map[string]int{})
	gob.Register([]any{})
	gob.Register([]string{})
	gob.Register(time.Duration(0))
	gob.Register([2]bool{})
}

var (
	lockstepKeys = []string{"a", "b", "c", "d.e", "$f", "", "\x00", "12", "%", "\xff", "__rememberMe"}
	berlin       = time.FixedZone("CET", 3600)
	values       = []func() any{
		func() any { return "text" },
		func() any { return nil },
		func() any { return "\xff\x00not UTF-8" },
		func() any { return true },
		func() any { return 7 },
		func() any { return math.MinInt },
		func() any { return int64(7) },
		func() any { return int32(-7) },
		func() any { return uint8(7) },
		func() any { return 1.5 },
		func() any { return math.Copysign(0, -1) },
		func() any { return math.Inf(1) },
		func() any { return float32(0.25) },
		func() any { return complex(1, 2) },
		func() any { return []byte("bytes") },
		func() any { return []byte{} },
		func() any { return time.Date(2026, 3, 4, 5, 6, 7, 123456789, berlin) },
		func() any { return time.Time{} },
		func() any { return Point{X: 1, Names: map[string][]string{"a": {"b"}, "c": nil}} },
		func() any { return map[string]int{"a": 1, "b": 2, "c": 3} },
		func() any { return []any{1, "a", []string{"b"}} },
		func() any { return []string{"x", "y"} },
		func() any { return time.Minute },
		func() any { return [2]bool{true, false} },
	}
	refusedValues = []func() any{
		func() any { return (*int)(nil) },
		func() any { return struct{ Unregistered int }{1} },
		func() any { return make(chan int) },
	}
)

// calls are the methods of the manager, each called with what it may be called with. What they return is compared.
var calls = map[string]func(s *side, ctx context.Context, a args) any{
	"Put":       func(s *side, ctx context.Context, a args) any { s.sm.Put(ctx, a.key, a.value()); return nil },
	"Get":       func(s *side, ctx context.Context, a args) any { return s.sm.Get(ctx, a.key) },
	"GetBool":   func(s *side, ctx context.Context, a args) any { return s.sm.GetBool(ctx, a.key) },
	"GetBytes":  func(s *side, ctx context.Context, a args) any { return s.sm.GetBytes(ctx, a.key) },
	"GetFloat":  func(s *side, ctx context.Context, a args) any { return s.sm.GetFloat(ctx, a.key) },
	"GetInt":    func(s *side, ctx context.Context, a args) any { return s.sm.GetInt(ctx, a.key) },
	"GetInt32":  func(s *side, ctx context.Context, a args) any { return s.sm.GetInt32(ctx, a.key) },
	"GetInt64":  func(s *side, ctx context.Context, a args) any { return s.sm.GetInt64(ctx, a.key) },
	"GetString": func(s *side, ctx context.Context, a args) any { return s.sm.GetString(ctx, a.key) },
	"GetTime":   func(s *side, ctx context.Context, a args) any { return s.sm.GetTime(ctx, a.key) },
	"Pop":       func(s *side, ctx context.Context, a args) any { return s.sm.Pop(ctx, a.key) },
	"PopBool":   func(s *side, ctx context.Context, a args) any { return s.sm.PopBool(ctx, a.key) },
	"PopBytes":  func(s *side, ctx context.Context, a args) any { return s.sm.PopBytes(ctx, a.key) },
	"PopFloat":  func(s *side, ctx context.Context, a args) any { return s.sm.PopFloat(ctx, a.key) },
	"PopInt":    func(s *side, ctx context.Context, a args) any { return s.sm.PopInt(ctx, a.key) },
	"PopString": func(s *side, ctx context.Context, a args) any { return s.sm.PopString(ctx, a.key) },
	"PopTime":   func(s *side, ctx context.Context, a args) any { return s.sm.PopTime(ctx, a.key) },
	"Exists":    func(s *side, ctx context.Context, a args) any { return s.sm.Exists(ctx, a.key) },
	"Keys":      func(s *side, ctx context.Context, _ args) any { return s.sm.Keys(ctx) },
	"Remove":    func(s *side, ctx context.Context, a args) any { s.sm.Remove(ctx, a.key); return nil },
	"Clear":     func(s *side, ctx context.Context, _ args) any { return s.sm.Clear(ctx) },
	"Status":    func(s *side, ctx context.Context, _ args) any { return s.sm.Status(ctx) },
	"Deadline":  func(s *side, ctx context.Context, _ args) any { return s.sm.Deadline(ctx).UTC() },
	"Token":     func(s *side, ctx context.Context, _ args) any { return s.place(s.sm.Token(ctx)) },
	"SetDeadline": func(s *side, ctx context.Context, a args) any {
		s.sm.SetDeadline(ctx, time.Now().Add(a.d).In(berlin))
		return nil
	},
	"RememberMe": func(s *side, ctx context.Context, a args) any { s.sm.RememberMe(ctx, a.d%2 == 0); return nil },
	"Destroy":    func(s *side, ctx context.Context, _ args) any { return s.sm.Destroy(ctx) != nil },
	"RenewToken": func(s *side, ctx context.Context, _ args) any { return s.sm.RenewToken(ctx) != nil },
	"MergeSession": func(s *side, ctx context.Context, a args) any {
		return s.sm.MergeSession(ctx, s.tokens[a.token]) != nil
	},
	"Commit": func(s *side, ctx context.Context, _ args) any {
		token, expiry, err := s.sm.Commit(ctx)
		return fmt.Sprint(s.place(token), expiry.UTC(), err != nil)
	},
	"Load": func(s *side, _ context.Context, a args) any { // by hand, with a token of a header
		ctx, err := s.sm.Load(context.Background(), s.tokens[a.token])
		if err != nil {
			return err
		}
		found := []any{s.sm.Keys(ctx), s.sm.Get(ctx, a.key), s.sm.Deadline(ctx).UTC(), s.sm.Status(ctx), s.sm.Token(ctx) != ""}
		s.sm.Put(ctx, a.key, a.value())
		_, _, err = s.sm.Commit(ctx)
		return append(found, err != nil)
	},
	"WriteSessionCookie": func(s *side, ctx context.Context, a args) any {
		s.sm.WriteSessionCookie(ctx, s.w, "", time.Now().Add(a.d))
		return nil
	},
	"Iterate": func(s *side, _ context.Context, a args) any {
		var seen []string
		err := s.sm.Iterate(context.Background(), func(ctx context.Context) error {
			all := fmt.Sprint(s.sm.Deadline(ctx).UTC(), s.sm.Status(ctx), s.sm.Token(ctx) != "")
			for _, key := range s.sm.Keys(ctx) {
				all += fmt.Sprintf(" %q=%#v", key, s.sm.Get(ctx, key))
			}
			seen = append(seen, all)
			if s.sm.HashTokenInStore { // scs would hash twice
				return nil
			}
			switch {
			case s.sm.Exists(ctx, a.key):
				return s.sm.Destroy(ctx)
			case s.sm.Exists(ctx, "a"):
				s.sm.Put(ctx, "a", "seen")
				_, _, err := s.sm.Commit(ctx)
				return err
			}
			return nil
		})
		slices.Sort(seen)
		return append(seen, fmt.Sprint(err))
	},
	// What scs writes of a value that was changed where it lies, when something else has it commit.
	"Get and change in place": func(s *side, ctx context.Context, a args) any {
		switch v := s.sm.Get(ctx, a.key).(type) {
		case []byte:
			if len(v) > 0 {
				v[0]++
			}
		case map[string]int:
			v["a"]++
		case []string:
			v[0] += "z"
		}
		return nil
	},
}

// methodsByRequest are those that every request of the test goes through.
var methodsByRequest = []string{"LoadAndSave"}

// place returns what of a token must be the same on both sides: whose it is.
func (s *side) place(token string) string {
	if i := slices.Index(s.tokens, token); i >= 0 && token != "" {
		return fmt.Sprint("token ", i)
	}
	return fmt.Sprint("a token: ", token != "")
}

func randomArgs(r *rand.Rand, tokens int) args {
	a := args{
		key: lockstepKeys[r.IntN(len(lockstepKeys))], value: values[r.IntN(len(values))],
		d: time.Duration(r.Int64N(int64(48 * time.Hour))), token: r.IntN(tokens),
	}
	if r.IntN(60) == 0 {
		a.value = refusedValues[r.IntN(len(refusedValues))]
	}
	return a
}
