package race

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/internal/race/browser"
)

// The races against the end of a session. Held is how often nobody is signed in afterwards, neither by the browser's cookie nor by that
// of before.
const (
	Logout      = "logout"        // beside a slow request that changes the session
	LogoutAimed = "logout, aimed" // at the moment in which that request writes
	RevokeWrite = "revoke, write" // all other sessions of the user are ended beside a slow write of one of them
	RevokeRenew = "revoke, renew" // the same, beside a renewal of one of them
)

// RunLogout has a visitor sign out while a slow request of the browser is at work, again and again.
func RunLogout(ctx context.Context, site Site, rounds int) (Outcome, error) {
	o := Outcome{Race: Logout, Work: 40 * time.Millisecond}
	for range rounds {
		if err := o.logout(ctx, site, 15*time.Millisecond); err != nil {
			return o, err
		}
	}
	return o, nil
}

// RunLogoutAimed has a visitor sign out at about the moment in which another request of the browser writes, each time a little earlier or
// later: what looks once more whether the session is still there, and then writes, fails here.
func RunLogoutAimed(ctx context.Context, site Site, rounds int) (Outcome, error) {
	const spread, steps = 4 * time.Millisecond, 40
	o := Outcome{Race: LogoutAimed, Work: 15 * time.Millisecond}
	for n := range rounds {
		step := n%(2*steps+1) - steps
		if err := o.logout(ctx, site, o.Work+time.Duration(step)*spread/steps); err != nil {
			return o, err
		}
	}
	return o, nil
}

// logout is one round, in which the slow request has a head start.
func (o *Outcome) logout(ctx context.Context, site Site, head time.Duration) error {
	b := site.Browser()
	if err := mustPost(ctx, b, "/login?u=ann"); err != nil {
		return err
	}
	old := b.Copy()
	var slow sync.WaitGroup
	slow.Go(func() { // whatever the answer is: a refusal is one way to learn of the end
		_, _ = b.Post(ctx, fmt.Sprintf("/slow?ms=%d", o.Work.Milliseconds()))
	})
	wait(ctx, head)
	err := mustPost(ctx, b, "/logout")
	slow.Wait()
	if err != nil { // the visitor knows that it has not ended
		o.Failed++
		return ctx.Err()
	}
	return o.ended(ctx, b, old)
}

// ended counts whether none of the browsers is signed in.
func (o *Outcome) ended(ctx context.Context, browsers ...*browser.Browser) error {
	o.Of++
	for _, b := range browsers {
		if s, err := stateOf(ctx, b); err != nil || s.User != "" {
			return err
		}
	}
	o.Held++
	return nil
}

// RunRevoke has a user end all other sessions while one of them changes, again and again, and then while one is renewed. Where the library
// cannot do that, the outcome is of no rounds.
func RunRevoke(ctx context.Context, site Site, rounds int) (write, renew Outcome, err error) {
	write, renew = Outcome{Race: RevokeWrite, Work: 30 * time.Millisecond}, Outcome{Race: RevokeRenew, Work: 30 * time.Millisecond}
	err = errors.Join(
		write.revokes(ctx, site, rounds, "writer", "/slow?ms=%d"),
		renew.revokes(ctx, site, rounds, "renewer", "/renew?d=%d"))
	return write, renew, err
}

func (o *Outcome) revokes(ctx context.Context, site Site, rounds int, user, request string) error {
	for n := range rounds {
		if err := o.revoke(ctx, site, fmt.Sprint(user, n), request); errors.Is(err, errNotOffered) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// revoke is one round against one request of another session of the user.
func (o *Outcome) revoke(ctx context.Context, site Site, user, request string) error {
	mine, other := site.Browser(), site.Browser()
	for _, b := range []*browser.Browser{mine, other} {
		if err := mustPost(ctx, b, "/login?u="+user); err != nil {
			return err
		}
	}
	old := other.Copy()
	var beside sync.WaitGroup
	var offered error
	beside.Go(func() {
		a, err := other.Post(ctx, fmt.Sprintf(request, o.Work.Milliseconds()))
		if err := must(a, err); errors.Is(err, errNotOffered) {
			offered = err
		}
	})
	wait(ctx, 12*time.Millisecond)
	err := mustPost(ctx, mine, "/revoke")
	beside.Wait()
	if err = errors.Join(err, offered); err != nil {
		return err
	}
	return o.ended(ctx, other, old)
}
