package race

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/internal/race/browser"
)

// The races against the end of a session. Held is how often nobody is signed in afterwards.
const (
	Logout      = "logout"              // beside a slow request that changes the session: the browser
	LogoutKept  = "logout, kept cookie" // the same: who has kept the cookie of before
	LogoutAimed = "logout, aimed"       // at the moment in which that request writes: both
	RevokeWrite = "revoke, write"       // all other sessions of the user are ended beside a slow write of one of them: both
	RevokeRenew = "revoke, renew"       // the same, beside a renewal of one of them
)

// logouts has a visitor sign out while a slow request of the browser is at work, again and again.
func logouts(ctx context.Context, site Site, rounds int) ([]Outcome, error) {
	const work, head = 80 * time.Millisecond, 20 * time.Millisecond
	mine, kept := Outcome{Race: Logout, Work: work}, Outcome{Race: LogoutKept, Work: work}
	for range rounds {
		b, old, out, err := logout(ctx, site, work, head)
		if err == nil {
			err = errors.Join(mine.ended(ctx, out, b), kept.ended(ctx, out, old))
		}
		if err != nil {
			return []Outcome{mine, kept}, err
		}
	}
	return []Outcome{mine, kept}, nil
}

// aimedLogouts has a visitor sign out at about the moment in which another request of the browser writes, each time a little earlier or
// later: what looks once more whether the session is still there, and then writes, fails here.
func aimedLogouts(ctx context.Context, site Site, rounds int) ([]Outcome, error) {
	const spread, steps = 4 * time.Millisecond, 40
	o := Outcome{Race: LogoutAimed, Work: 15 * time.Millisecond}
	for n := range rounds {
		step := n*50%(2*steps+1) - steps // few rounds lie as wide apart as many
		b, old, out, err := logout(ctx, site, o.Work, o.Work+time.Duration(step)*spread/steps)
		if err == nil {
			err = o.ended(ctx, out, b, old)
		}
		if err != nil {
			return []Outcome{o}, err
		}
	}
	return []Outcome{o}, nil
}

// logout is one round, in which the slow request has a head start. It returns the browser, one that has kept the cookie, and whether the
// visitor was told that the session has ended.
func logout(ctx context.Context, site Site, work, head time.Duration) (b, old *browser.Browser, out bool, err error) {
	b = site.Browser()
	if err := mustPost(ctx, b, "/login?u=ann"); err != nil {
		return nil, nil, false, err
	}
	old = b.Copy()
	var slow sync.WaitGroup
	slow.Go(func() { // whatever the answer is: a refusal is one way to learn of the end
		_, _ = b.Post(ctx, fmt.Sprintf("/slow?ms=%d", work.Milliseconds()))
	})
	wait(ctx, head)
	out = mustPost(ctx, b, "/logout") == nil
	slow.Wait()
	return b, old, out, nil
}

// ended counts whether none of the browsers is signed in, if somebody was told so; else the visitor knows, and it has failed.
func (o *Outcome) ended(ctx context.Context, told bool, browsers ...*browser.Browser) error {
	if !told {
		o.Failed++
		return nil
	}
	o.Of++
	for _, b := range browsers {
		if s, err := stateOf(ctx, b); err != nil || s.User != "" {
			return err
		}
	}
	o.Held++
	return nil
}

// revocations has a user end all other sessions while one of them changes, again and again, and then while one is renewed. Where the library
// cannot do that, the outcome is of no rounds.
func revocations(ctx context.Context, site Site, rounds int) ([]Outcome, error) {
	const work = 100 * time.Millisecond
	write, renew := Outcome{Race: RevokeWrite, Work: work}, Outcome{Race: RevokeRenew, Work: work}
	err := errors.Join(
		write.revocations(ctx, site, rounds, "writer", "/slow?ms=%d"),
		renew.revocations(ctx, site, rounds, "renewer", "/renew?d=%d"))
	return []Outcome{write, renew}, err
}

func (o *Outcome) revocations(ctx context.Context, site Site, rounds int, user, request string) error {
	for n := range rounds {
		mine, other, old, err := signedIn(ctx, site, fmt.Sprint(user, n))
		if err != nil {
			return err
		}
		var beside error
		var done sync.WaitGroup
		done.Go(func() { beside = mustPost(ctx, other, fmt.Sprintf(request, o.Work.Milliseconds())) })
		wait(ctx, 30*time.Millisecond)
		err = mustPost(ctx, mine, "/revoke")
		done.Wait()
		if errors.Is(err, errNotOffered) || errors.Is(beside, errNotOffered) {
			return nil
		}
		if err := o.ended(ctx, err == nil, other, old); err != nil {
			return err
		}
	}
	return nil
}

// signedIn is a user in two browsers, and one that has kept the cookie of the other.
func signedIn(ctx context.Context, site Site, user string) (mine, other, old *browser.Browser, err error) {
	mine, other = site.Browser(), site.Browser()
	for _, b := range []*browser.Browser{mine, other} {
		if err := mustPost(ctx, b, "/login?u="+user); err != nil {
			return nil, nil, nil, err
		}
	}
	return mine, other, other.Copy(), nil
}
