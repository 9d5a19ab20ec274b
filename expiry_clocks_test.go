package atomicsession_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// hosts are two servers with one store, and with clocks that are apart. The second's is ahead.
func hosts(t *testing.T, ahead time.Duration) (first, second *atomicsession.Manager, firstLog, secondLog *sink, c *clock, s *store) {
	t.Helper()
	s, c = newStore(), newClock()
	firstLog, secondLog = new(sink), new(sink)
	opts := firstLog.options()
	opts.Now = c.now
	first = newManager(t, s, opts)
	opts = secondLog.options()
	opts.Now = func() time.Time { return c.now().Add(ahead) }
	return first, newManager(t, s, opts), firstLog, secondLog, c, s
}

// What a clock that is ahead does to a request that another server's sign-in has overtaken: the window in which it is told is
// shorter by as much, and from a difference of RenewalWindow on there is none. A clock that is behind makes the window longer.
func TestClocksAndTheRenewalWindow(t *testing.T) {
	for _, c := range []struct {
		ahead, after time.Duration // after the sign-in
		told         bool
	}{
		{0, 0, true},
		{0, 9999 * time.Millisecond, true},
		{0, 10 * time.Second, false},
		{1 * time.Second, 0, true},
		{1 * time.Second, 8999 * time.Millisecond, true},
		{1 * time.Second, 9 * time.Second, false},
		{5 * time.Second, 0, true},
		{5 * time.Second, 4999 * time.Millisecond, true},
		{9 * time.Second, 0, true},
		{9 * time.Second, 999 * time.Millisecond, true},
		{9 * time.Second, time.Second, false},
		{driver.RenewalWindow, 0, false},
		{11 * time.Second, 0, false},
		{time.Hour, 0, false},
		{-1 * time.Second, 10999 * time.Millisecond, true},
		{-1 * time.Second, 11 * time.Second, false},
		{-time.Hour, time.Minute, true},
	} {
		for name, signIn := range map[string]call{
			"Renew": renew(atomicsession.User("ann")),
			"Reset": reset(atomicsession.User("ann")),
		} {
			first, second, _, _, clock, store := hosts(t, c.ahead)
			cookie := newToken(t, first)
			if err := request(t, first, cookie, signIn); err != nil {
				t.Fatal(err)
			}
			clock.advance(c.after)
			err := request(t, second, cookie, update(atomicsession.Path("late").Set(1)))
			if told := errors.Is(err, atomicsession.ErrRenewed); told != c.told || !told && err != nil {
				t.Errorf("%s: %v ahead, %v after the sign-in: got %v; want it told: %v", name, c.ahead, c.after, err, c.told)
			}
			if want := map[bool]int{true: 1, false: 2}[c.told]; name == "Renew" {
				wantRows(t, store, want)
			}
		}
	}
}

// The server that is behind sees it, by a read or an update, and tells the log, once.
func TestClocksThatDifferAreLogged(t *testing.T) {
	for _, c := range []struct {
		ahead time.Duration
		use   call
		want  int
	}{
		{0, info, 0},
		{time.Second, info, 0},
		{5 * time.Second, info, 0},
		{5*time.Second + time.Millisecond, info, 1},
		{6 * time.Second, update(atomicsession.Path("n").Inc(1)), 1},
		{6 * time.Second, peek, 1},
		{6 * time.Second, touch, 1},
		{time.Hour, refresh, 1},
		{-time.Hour, info, 0}, // this one is ahead: the other one tells
	} {
		first, second, log, otherLog, _, _ := hosts(t, c.ahead)
		for range 3 {
			cookie := newToken(t, second)
			for range 2 {
				if err := request(t, first, cookie, c.use); err != nil {
					t.Error(err)
				}
			}
		}
		if got := strings.Count(log.log.String(), "used in the future"); got != c.want {
			t.Errorf("the other clock is %v ahead: %d warnings, want %d:\n%s", c.ahead, got, c.want, &log.log)
		}
		if c.want > 0 && !strings.Contains(log.log.String(), "by="+c.ahead.String()) {
			t.Errorf("the log does not say by how much: %s", &log.log)
		}
		if got := strings.Count(otherLog.log.String(), "used in the future"); got != 0 {
			t.Errorf("the server that is ahead has %d warnings", got)
		}
		if len(log.errs) > 0 {
			t.Errorf("reported: %v", log.errs)
		}
	}
}
