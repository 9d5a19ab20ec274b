package faults

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/storetest"
	"github.com/atomicsession/atomicsession/memstore"
)

// remote is a store over a network. It makes no mistakes but those that it is told to make.
type remote struct {
	addr   string
	server *server

	withoutID       bool // does not know its own first try
	newIDs          bool // nor by the ID of the second
	guardsFirst     bool // looks whether the secret is right before it looks for a first try
	forgets         bool // remembers eight updates, and not that there were others
	forgetsRefusals bool
	forgetsUsers    bool         // looks in its second try by the ID alone
	forgetsSignIns  bool         // looks in its second try whether the first one was a sign-in
	answersLate     bool         // answers to a second try with what it finds
	metaLate        bool         // and its metadata
	upserts         bool         // updates what is not there
	silence         func() error // what it takes silence for
	listsNothing    bool         // takes silence for the end of a list
	insertsAgain    bool
	deletesOnce     bool // takes a second try that finds nothing for a first one
	believesTheEnd  bool // takes a session that it does not find by its secret or user for one that has ended
	deletesAll      bool // forgets the exception when it tries again
	pretends        bool // answers to some updates as if it had applied them
	postpones       bool // and applies them after the next one
}

// openRemote has a case make no mistakes past the proxy.
func openRemote(far remote) OpenNetwork {
	return func(t *testing.T) Network {
		s := &server{store: memstore.New(nil), outcomes: map[string]outcome{}, plain: map[driver.Key]bool{}, held: map[driver.ID]func(){}, memory: 1 << 20}
		if far.forgets {
			s.memory = 8
		}
		h := httptest.NewServer(s)
		t.Cleanup(h.Close)
		addr := h.Listener.Addr().String()
		connect := func(_ testing.TB, to string) driver.Store {
			if to == addr {
				return remote{addr: addr, server: s}
			}
			far := far
			far.addr, far.server = to, s
			return far
		}
		return Network{Addr: addr, Connect: connect}
	}
}

// httpClient opens a connection for every request, and sends none again by itself.
var httpClient = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}

// try has the server run a call. The error is of the network.
func (s remote) try(ctx context.Context, kind string, run func() outcome) (outcome, error) {
	s.server.mu.Lock()
	n, c := len(s.server.calls), &call{run: run}
	s.server.calls = append(s.server.calls, c)
	s.server.mu.Unlock()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, fmt.Sprintf("http://%s/%s/%d", s.addr, kind, n), http.NoBody)
	if err != nil {
		return outcome{}, err
	}
	resp, err := httpClient.Do(r)
	if err != nil {
		return outcome{}, err
	}
	defer resp.Body.Close()
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	return c.outcome, nil
}

// repeat tries until there is an answer or no time left. What is tried is told which try it is.
func (s remote) repeat(ctx context.Context, kind string, run func(try int) outcome) outcome {
	if err := ctx.Err(); err != nil {
		return outcome{err: err}
	}
	for try := 1; ; try++ {
		o, err := s.try(ctx, kind, func() outcome { return run(try) })
		switch {
		case err == nil:
			return o
		case s.listsNothing && kind == "list":
			return outcome{}
		case s.silence != nil:
			return outcome{err: s.silence()}
		case ctx.Err() != nil:
			return outcome{err: fmt.Errorf("%w: %w", driver.ErrUnknownOutcome, ctx.Err())}
		}
		time.Sleep(time.Millisecond)
	}
}

// Update implements [driver.Store].
func (s remote) Update(ctx context.Context, now time.Time, k driver.Key, u *driver.Update) (driver.Result, error) {
	id := storetest.NewKey().ID.String()
	o := s.repeat(ctx, "update", func(try int) outcome {
		id := id
		if s.newIDs {
			id += strings.Repeat("+", try)
		}
		if s.withoutID {
			return s.apply(now, k, u)
		}
		_, repeated := s.server.outcomes[id]
		if _, err := s.server.store.Load(context.Background(), now, k); s.guardsFirst && err != nil {
			return outcome{err: err}
		}
		if s.forgetsUsers && try > 1 {
			k.User = s.server.userOf(k.ID)
		}
		o := s.server.once(id, func() outcome { return s.apply(now, k, u) })
		if o.err != nil && s.forgetsRefusals {
			delete(s.server.outcomes, id)
		}
		if repeated && s.forgetsSignIns {
			s.server.plain[k] = true
		}
		if repeated && s.metaLate {
			if r, err := s.server.store.Load(context.Background(), now, k); err == nil {
				o.result.Meta = r.Meta
			}
		}
		if repeated && s.answersLate {
			r, _ := s.server.store.Load(context.Background(), now, k)
			o.result.Fields = u.Written(r.Data)
		}
		return o
	})
	return o.result, o.err
}

func (s remote) apply(now time.Time, k driver.Key, u *driver.Update) outcome {
	ctx := context.Background()
	if s.server.updates++; s.pretends && s.server.updates%5 == 0 && s.server.held[k.ID] == nil {
		o := s.preview(now, k, u)
		if o.err == nil && s.postpones {
			s.server.held[k.ID] = func() { _, _ = s.server.store.Update(ctx, now, k, u) }
		}
		return o
	}
	result, err := s.server.store.Update(ctx, now, k, u)
	if held := s.server.held[k.ID]; held != nil {
		delete(s.server.held, k.ID)
		held()
	}
	if errors.Is(err, driver.ErrNotFound) && s.upserts {
		meta := driver.Meta{ID: k.ID, User: user, Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}
		if s.server.store.Create(ctx, k.Verifier, driver.Record{Meta: meta}) == nil {
			err = nil
		}
	}
	return outcome{result: result, err: err}
}

// preview returns what the update would come to.
func (s remote) preview(now time.Time, k driver.Key, u *driver.Update) outcome {
	r, err := s.server.store.Load(context.Background(), now, k)
	if err != nil {
		return outcome{err: err}
	}
	data, taken, err := driver.Eval(context.Background(), r.Data, u, now)
	after := u.Record(r, now)
	return outcome{result: driver.Result{Meta: after.Meta, Fields: u.Written(data), Taken: taken}, err: err}
}

// Create implements [driver.Store].
func (s remote) Create(ctx context.Context, v driver.Verifier, r driver.Record) error {
	create := func(int) outcome { return outcome{err: s.server.store.Create(context.Background(), v, r)} }
	if ctx.Err() != nil || s.insertsAgain {
		return s.repeat(ctx, "create", create).err
	}
	if o, err := s.try(ctx, "create", func() outcome { return create(1) }); err == nil {
		return o.err
	}
	_, err := s.Load(ctx, r.Created, driver.Key{ID: r.ID, Verifier: v})
	if err != nil {
		return errors.Join(driver.ErrUnknownOutcome, ctx.Err())
	}
	return nil
}

// Load implements [driver.Store].
func (s remote) Load(ctx context.Context, now time.Time, k driver.Key) (driver.Record, error) {
	o := s.repeat(ctx, "load", func(int) outcome {
		r, err := s.server.store.Load(context.Background(), now, k)
		if s.server.plain[k] && err != nil {
			r = driver.Record{}
		}
		return outcome{record: r, err: err}
	})
	return o.record, o.err
}

// Delete implements [driver.Store].
func (s remote) Delete(ctx context.Context, now time.Time, k driver.Key) error {
	return s.remove(ctx, now, k.ID, func() error { return s.server.store.Delete(context.Background(), now, k) })
}

// remove repeats a deletion. Where a second try finds no session at all, it was deleted by the first one.
func (s remote) remove(ctx context.Context, now time.Time, id driver.ID, remove func() error) error {
	return s.repeat(ctx, "delete", func(try int) outcome {
		err := remove()
		lives := errors.Is(s.server.store.Delete(context.Background(), now, driver.Key{ID: id}), driver.ErrRenewed) && !s.believesTheEnd
		if try > 1 && errors.Is(err, driver.ErrNotFound) && !lives && !s.deletesOnce {
			err = nil
		}
		return outcome{err: err}
	}).err
}

// List implements [driver.Finder].
func (s remote) List(ctx context.Context, now time.Time, user string, after driver.ID, limit int) ([]driver.Record, error) {
	o := s.repeat(ctx, "list", func(int) outcome {
		list, err := s.server.store.List(context.Background(), now, user, after, limit)
		return outcome{list: list, err: err}
	})
	return o.list, o.err
}

// DeleteMany implements [driver.Finder]. The sessions are those that are selected when it is called.
func (s remote) DeleteMany(
	ctx context.Context, now time.Time, sel driver.Selection, after driver.ID, limit int,
) (int, driver.ID, error) {
	theirs, err := s.server.store.List(ctx, now, sel.User, after, limit)
	if err != nil {
		return 0, driver.ID{}, err
	}
	o := s.repeat(ctx, "delete", func(try int) (o outcome) {
		for _, r := range theirs {
			if r.ID == sel.Except && (try == 1 || !s.deletesAll) || !sel.Before.IsZero() && !r.SignedIn().Before(sel.Before) {
				continue
			}
			if s.server.store.Delete(context.Background(), now, driver.UserKey(r.ID, r.User)) == nil {
				o.n++
			}
		}
		return o
	})
	return o.n, driver.ID{}, o.err // no test has as many as limit
}
