package race

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/atomicsession/atomicsession/internal/race/browser"
)

// Check asks a site for everything in the contract, one request after the other, and returns the first thing that it does not keep. No
// set-up counts before it passes.
func Check(ctx context.Context, site Site) error {
	c := checker{ctx, site.Browser()}
	const work = 30 * time.Millisecond
	full := state{User: "ann", N: 3, Fields: map[string]string{"colour": "red"}}
	for _, step := range []func() error{
		func() error { return c.holds(state{}) },
		func() error { return c.post("/inc", 0) },
		func() error { return c.post("/inc?d=1", 0) },
		func() error { return c.post("/inc?d=30", work) },
		func() error { return c.post("/set?k=colour&v=red&d=30", work) },
		func() error { return c.holds(state{N: 3, Fields: full.Fields}) },
		func() error { return c.post("/set?k=code&v=c0de", 0) },
		func() error { return c.take("/take?d=30", "c0de") },
		func() error { return c.take("/take", "") },
		func() error { return c.post("/slow?ms=30", work) },
		func() error { return c.sets("slow") },
		func() error { return c.post("/login?u=ann&d=30", work) },
		func() error { return c.holds(full) },
		func() error { return c.renew("/renew?d=30") },
		func() error { return c.holds(full) },
		func() error { return c.page("/page?ms=30", work) },
		func() error { return c.revoke(site) },
		func() error { return c.holds(full) },
		func() error { return c.post("/logout?d=30", work) },
		func() error { return c.holds(state{}) },
		func() error { return c.post("/inc", 0) },
		func() error { return c.holds(state{N: 1}) },
	} {
		if err := step(); err != nil {
			return fmt.Errorf("contract: %w", err)
		}
	}
	return nil
}

// early is by how much timers may be early that count whole milliseconds.
const early = time.Millisecond

type checker struct {
	ctx context.Context
	b   *browser.Browser
}

// post has a change acknowledged, after so much work at least.
func (c checker) post(path string, work time.Duration) error {
	start := time.Now()
	err := mustPost(c.ctx, c.b, path)
	if took := time.Since(start); err == nil && took < work-early {
		err = fmt.Errorf("POST %s took %v", path, took)
	}
	return err
}

// renew has the cookie change; or 501.
func (c checker) renew(path string) error {
	before := c.b.Cookies()
	err := c.post(path, 30*time.Millisecond)
	if errors.Is(err, errNotOffered) {
		return nil
	}
	if err == nil && maps.Equal(before, c.b.Cookies()) {
		err = fmt.Errorf("POST %s has left the cookie as it was", path)
	}
	return err
}

// sets has the field be there.
func (c checker) sets(field string) error {
	s, err := stateOf(c.ctx, c.b)
	if err == nil && s.Fields[field] == "" {
		err = fmt.Errorf("GET /state: no field %s", field)
	}
	return err
}

func (c checker) page(path string, work time.Duration) error {
	start := time.Now()
	if err := must(c.b.Get(c.ctx, path)); err != nil {
		return fmt.Errorf("GET %s: %w", path, err)
	}
	if took := time.Since(start); took < work-early {
		return fmt.Errorf("GET %s took %v", path, took)
	}
	return nil
}

func (c checker) take(path, code string) error {
	a, err := c.b.Post(c.ctx, path)
	if err = must(a, err); err == nil && a.Body != code {
		err = fmt.Errorf("%q instead of %q", a.Body, code)
	}
	if err != nil {
		err = fmt.Errorf("POST %s: %w", path, err)
	}
	return err
}

// holds compares what the session holds. What /slow has set is not looked at.
func (c checker) holds(want state) error {
	got, err := stateOf(c.ctx, c.b)
	if err != nil {
		return err
	}
	for name, text := range want.Fields {
		if got.Fields[name] != text {
			return fmt.Errorf("GET /state: the field %s holds %q instead of %q", name, got.Fields[name], text)
		}
	}
	if got.User != want.User || got.N != want.N || len(want.Fields) == 0 && len(got.Fields) > 0 {
		return fmt.Errorf("GET /state: %+v instead of %+v", got, want)
	}
	return nil
}

// revoke has another session of the user end, and not the one that asks for it; or 501.
func (c checker) revoke(site Site) error {
	other := checker{c.ctx, site.Browser()}
	if err := other.post("/login?u=ann", 0); err != nil {
		return err
	}
	if err := c.post("/revoke", 0); err != nil {
		if errors.Is(err, errNotOffered) {
			return nil
		}
		return err
	}
	return other.holds(state{})
}
