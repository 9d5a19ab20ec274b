package atomicsession_test

import (
	"context"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// TestStoreCalls counts what a request costs: one row is one request.
func TestStoreCalls(t *testing.T) {
	const (
		stranger = "stranger" // no cookie
		member   = "member"   // a live session
		stale    = "stale"    // a cookie of a session that has ended
	)
	set := update(atomicsession.Path("b").Set(2))
	for _, c := range []struct {
		name  string
		who   string
		calls []call
		want  string
	}{
		{"nothing", member, nil, ""},
		{"reads of nobody", stranger, []call{get("a"), info, exists, user, document, refresh, take("a"), touch, destroy}, ""},
		{"first read loads, later ones do not", member, []call{get("a"), get("b"), info, exists, user, document}, "load"},
		{"info alone", member, []call{info, info, get("a")}, "load"},
		{"update without a load", member, []call{set}, "update"},
		{"touched field is known", member, []call{set, get("b"), get("b.c"), user, user, csrfToken}, "update"},
		{"untouched field is not", member, []call{set, get("a"), get("c")}, "update load"},
		{"document after an update", member, []call{set, document, get("a")}, "update load"},
		{"updates after a load", member, []call{get("a"), set, get("b"), get("a"), document}, "load update"},
		{"removed field is known", member, []call{update(atomicsession.Path("a").Unset()), get("a")}, "update"},
		{"taken field is known", member, []call{take("a"), get("a")}, "update"},
		{"both ends of a rename are known", member, []call{update(atomicsession.Path("a").Rename("b")), get("a"), get("b")}, "update"},
		{"field of a condition is not", member, []call{
			update(atomicsession.If(atomicsession.Path("a").Exists()), atomicsession.Path("b").Set(1)),
			get("a"),
		}, "update load"},
		{"refresh loads again", member, []call{get("a"), refresh, get("a")}, "load load"},
		{"refresh of what is not loaded", member, []call{refresh, get("a")}, "load"},
		{"touch", member, []call{touch, user}, "update"},
		{"what an update does not return", member, []call{touch, info, info, get("a")}, "update load"},
		{"renew", member, []call{renew(atomicsession.Path("b").Set(1)), get("b")}, "update"},
		{"reset", member, []call{reset(atomicsession.Path("b").Set(1)), get("a"), get("b")}, "create update"},
		{"destroy", member, []call{destroy, get("a"), info, document, destroy}, "delete"},
		{"csrf token", member, []call{csrfToken, csrfToken, get("a")}, "load"},
		{"invalid changes", member, []call{update(atomicsession.Path("$a").Set(1)), update(atomicsession.Path("a").Inc("x"))}, ""},
		{"invalid path", member, []call{get(""), get("a..b"), get("$a"), take("a.")}, ""},

		{"begin", stranger, []call{set, get("a"), get("b"), info, document}, "create"},
		{"begin by renew", stranger, []call{renew(atomicsession.User("42")), user}, "create"},
		{"begin by reset", stranger, []call{reset(), info}, "create"},
		{"begin by csrf token", stranger, []call{csrfToken, csrfToken}, "create"},
		{"begin, then update", stranger, []call{set, set}, "create update"},
		{"updates that leave nothing", stranger, []call{
			update(), update(atomicsession.Path("a").Unset()), update(atomicsession.Path("a").Pop()),
			update(atomicsession.Path("a").Rename("b")), update(atomicsession.Path("a").Pull(atomicsession.Path("").Gt(1))), renew(), info,
		}, ""},
		{"update with a condition that cannot hold", stranger, []call{update(atomicsession.If(atomicsession.Path("a").Exists()),
			atomicsession.Path("b").Set(1))}, ""},

		{"reads of what has ended", stale, []call{get("a"), info, document, csrfTokenless}, "load"},
		{"update of what has ended", stale, []call{set, get("b"), info}, "update create"},
		{"renewal of what has ended", stale, []call{renew(atomicsession.Path("b").Set(1))}, "update create"},
		{"touch of what has ended", stale, []call{touch, touch}, "update"},
		{"take from what has ended", stale, []call{take("a"), take("a")}, "update"},
		{"reset what has ended", stale, []call{reset()}, "create update delete"},
		{"destroy what has ended", stale, []call{destroy, destroy}, "delete"},
	} {
		t.Run(c.name, func(t *testing.T) {
			site := newSite(t, nil)
			b := site.browser()
			if c.who != stranger {
				b.must(atomicsession.Path("a").Set(1))
			}
			if c.who == stale {
				if err := b.clone().do(destroy); err != nil {
					t.Fatal(err)
				}
			}
			site.store.took()
			_ = b.do(func(ctx context.Context, s *atomicsession.Session) error {
				for _, f := range c.calls {
					_ = f(ctx, s) // other tests look at the errors
				}
				return nil
			})
			wantCalls(t, site.store, strings.Fields(c.want)...)
		})
	}
}

// csrfTokenless is a check of a token that cannot be right.
func csrfTokenless(ctx context.Context, s *atomicsession.Session) error { return s.VerifyCSRF(ctx, "") }
