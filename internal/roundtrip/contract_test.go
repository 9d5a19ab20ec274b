package roundtrip

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

// TestContract has every store and that in memory do the same, at random, and compares what they answer and what is left.
func TestContract(t *testing.T) {
	for _, s := range stores[1:] {
		t.Run(s.name, func(t *testing.T) {
			store := s.open(t)
			for n := 1; n > 0 && s.name != "Redis"; {
				var err error
				n, _, err = store.(driver.Finder).DeleteMany(t.Context(), time.Now(), driver.Selection{}, driver.ID{}, 1000)
				if err != nil {
					t.Fatal(err)
				}
			}
			for seed := range uint64(contractRounds) {
				if w := newWorld(t, store, seed); !w.run(contractSteps) {
					t.Fatalf("seed %d, after\n\t%s", seed, strings.Join(w.log[max(0, len(w.log)-5):], "\n\t"))
				}
			}
		})
	}
}

const (
	contractRounds = 25
	contractSteps  = 60
)

// finder is what every store is here.
type finder interface {
	driver.Store
	driver.Finder
}

// world is a few sessions of a few users, in a store and in memory.
type world struct {
	*generator
	t             *testing.T
	store, memory finder
	base, now     time.Time
	users         []string
	secrets       map[driver.ID][]driver.Verifier // all of a session, the latest last
	ids           []driver.ID
	log           []string
}

func newWorld(t *testing.T, store driver.Store, seed uint64) *world {
	w := &world{generator: newGenerator(seed), t: t, store: store.(finder), memory: memstore.New(nil), secrets: map[driver.ID][]driver.Verifier{}}
	w.base = time.Now().Add(time.Hour).Truncate(time.Millisecond)
	for range 2 {
		user := w.odd() // and nobody else's
		w.users = append(w.users, fmt.Sprintf("%s%d%s", user[:min(len(user), 220)], seed, t.Name()[8:]))
	}
	w.users = append(w.users, strings.ToUpper(w.users[0]), w.users[0]+" ")
	w.Shuffle(len(w.users), func(i, j int) { w.users[i], w.users[j] = w.users[j], w.users[i] })
	w.users = w.users[:3]
	return w
}

func (w *world) run(steps int) bool {
	for range steps {
		w.now = w.base.Add(time.Duration(w.IntN(4)) * 2 * time.Hour)
		if w.oneIn(3) {
			w.now = w.base.Add(time.Duration(w.IntN(25))*time.Second + time.Duration(w.IntN(1e6)))
		}
		var ok bool
		switch w.IntN(10) {
		case 0, 1:
			ok = w.create()
		case 2, 3:
			k := w.key()
			got, err := w.store.Load(w.t.Context(), w.now, k)
			want, wantErr := w.memory.Load(w.t.Context(), w.now, k)
			ok = w.same(fmt.Sprintf("Load %+v", k), shownRecord(got), shownRecord(want), err, wantErr)
		case 4:
			ok = w.delete()
		default:
			ok = w.change()
		}
		if !ok || w.oneIn(4) && !w.compare() {
			return false
		}
	}
	if !w.compare() {
		return false
	}
	for _, id := range w.ids { // the next world lists everybody's, too
		_ = w.store.Delete(w.t.Context(), w.base.Add(-time.Minute), driver.Key{ID: id, Verifier: w.secrets[id][len(w.secrets[id])-1]})
	}
	return true
}

func (w *world) create() bool {
	r := driver.Record{Attrs: w.attrs(false)}
	r.ID, r.User, r.Created, r.LastUsed, r.Lifetime = w.id(), w.user(), w.now, w.now, time.Duration(2+w.IntN(5))*time.Hour
	r.Expires = w.now.Add(r.Lifetime)
	if !w.oneIn(6) {
		r.ID = driver.ID{byte(w.IntN(256)), byte(len(w.ids)), byte(w.Uint32()), byte(w.Uint32()), byte(w.Uint32()), byte(w.Uint32())}
	}
	if at := millis(w.moment()); w.oneIn(4) && !at.IsZero() {
		r.Created = at
	}
	if w.oneIn(2) {
		r.Authenticated = w.moment()
	}
	if w.oneIn(2) {
		r.LastUsed = w.base.Add(-time.Duration(w.IntN(5)) * time.Second)
	}
	r.Created, r.LastUsed, r.Expires, r.Authenticated = millis(r.Created), millis(r.LastUsed), millis(r.Expires), millis(r.Authenticated)
	r.Data = driver.Doc{}.With("n", driver.IntValue(1)).With("s", driver.StringValue("x"))
	v := w.verifier()
	err, wantErr := w.store.Create(w.t.Context(), v, r), w.memory.Create(w.t.Context(), v, r)
	if wantErr == nil {
		w.ids, w.secrets[r.ID] = append(w.ids, r.ID), []driver.Verifier{v}
	}
	return w.same(fmt.Sprintf("Create %s", shownRecord(r)), "", "", err, wantErr)
}

func (w *world) delete() bool {
	if w.oneIn(2) {
		k := w.key()
		err, wantErr := w.store.Delete(w.t.Context(), w.now, k), w.memory.Delete(w.t.Context(), w.now, k)
		return w.same(fmt.Sprintf("Delete %+v", k), "", "", err, wantErr)
	}
	sel := driver.Selection{User: pick(w.generator, w.users)}
	if w.t.Name() != "TestContract/Redis" && w.oneIn(4) {
		sel.User = ""
	}
	if w.oneIn(2) {
		sel.Before = w.boundary()
	}
	if w.oneIn(2) {
		sel.Except = w.id()
	}
	after, limit := driver.ID{}, 1+w.IntN(4)
	for {
		n, next, err := w.store.DeleteMany(w.t.Context(), w.now, sel, after, limit)
		wantN, wantNext, wantErr := w.memory.DeleteMany(w.t.Context(), w.now, sel, after, limit)
		what := fmt.Sprintf("DeleteMany %+v after %v, at most %d", sel, after, limit)
		if w.t.Name() == "TestContract/Redis" { // which has as many steps as its list has entries
			for !next.IsZero() && err == nil {
				var more int
				more, next, err = w.store.DeleteMany(w.t.Context(), w.now, sel, next, limit)
				n += more
			}
			for !wantNext.IsZero() {
				var more int
				more, wantNext, _ = w.memory.DeleteMany(w.t.Context(), w.now, sel, wantNext, limit)
				wantN += more
			}
		}
		if !w.same(what, fmt.Sprint(n, next), fmt.Sprint(wantN, wantNext), err, wantErr) {
			return false
		}
		if after = next; after.IsZero() {
			return true
		}
	}
}

func (w *world) change() bool {
	k, u := w.key(), w.update()
	what := fmt.Sprintf("Update %+v %+v", k, *u)
	if u.User != nil {
		what += fmt.Sprintf(" user %q", *u.User)
	}
	if err := u.Validate(); err != nil {
		return true
	}
	got, err := w.store.Update(w.t.Context(), w.now, k, u)
	if errors.Is(err, errors.ErrUnsupported) {
		return w.same(what, "", "", nil, nil) && u.SessionLimit.Max > 0 && u.User != nil && *u.User != ""
	}
	want, wantErr := w.memory.Update(w.t.Context(), w.now, k, u)
	if wantErr == nil && u.Renew != nil {
		w.secrets[k.ID] = append(w.secrets[k.ID], *u.Renew)
	}
	shown := func(r driver.Result) string {
		return shownRecord(driver.Record{Meta: r.Meta, Data: r.Fields}) + fmt.Sprint(r.Taken)
	}
	return w.same(what, shown(got), shown(want), err, wantErr)
}

// compare compares all that is there.
func (w *world) compare() bool {
	at := w.now
	for _, user := range append(slices.Clone(w.users), "") {
		list, err := w.store.List(w.t.Context(), at, user, driver.ID{}, 1000)
		if errors.Is(err, errors.ErrUnsupported) && user == "" {
			continue
		}
		want, wantErr := w.memory.List(w.t.Context(), at, user, driver.ID{}, 1000)
		var texts, wantTexts []string
		for _, r := range list {
			if w.secrets[r.ID] != nil { // else it is that of another world
				texts = append(texts, shownRecord(r))
			}
		}
		for _, r := range want {
			wantTexts = append(wantTexts, shownRecord(r))
		}
		if !w.same(fmt.Sprintf("List %q", user), strings.Join(texts, "\n"), strings.Join(wantTexts, "\n"), err, wantErr) {
			return false
		}
	}
	for _, id := range w.ids {
		secrets := w.secrets[id]
		k := driver.Key{ID: id, Verifier: secrets[len(secrets)-1]}
		got, err := w.store.Load(w.t.Context(), at, k)
		want, wantErr := w.memory.Load(w.t.Context(), at, k)
		if !w.same(fmt.Sprintf("Load %v", id), shownRecord(got), shownRecord(want), err, wantErr) {
			return false
		}
	}
	return true
}

func (w *world) same(what, got, want string, err, wantErr error) bool {
	w.log = append(w.log, fmt.Sprintf("at %v: %s: %v", w.now.UnixMilli(), what, wantErr))
	if classOf(err) != classOf(wantErr) {
		w.t.Errorf("%s:\nerror %v\nwant  %v", what, err, wantErr)
		return false
	}
	if err != nil && (strings.Contains(err.Error(), w.t.Name()[8:]) || driver.OneLine(err.Error()) != err.Error()) {
		w.t.Errorf("%s: the error names a user, or is not one line: %q", what, err)
		return false
	}
	if got != want {
		w.t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
		return false
	}
	return true
}

func classOf(err error) (class string) {
	if err == nil {
		return "none"
	}
	for _, s := range []error{
		driver.ErrNotFound, driver.ErrRenewed, driver.ErrReplayed, driver.ErrExists, driver.ErrPath, driver.ErrType, driver.ErrCondition,
		driver.ErrReauthenticate, driver.ErrTooManySessions, driver.ErrValue, driver.ErrCorrupt, driver.ErrUnknownOutcome, driver.ErrUnavailable,
		errors.ErrUnsupported,
	} {
		if errors.Is(err, s) {
			class += s.Error() + ";"
		}
	}
	return class
}

func shownRecord(r driver.Record) string {
	times := ""
	for _, at := range []time.Time{r.Created, r.LastUsed, r.Expires, r.Deadline, r.Authenticated} {
		times += " " + at.UTC().Format(time.RFC3339Nano)
	}
	attrs := ""
	for _, name := range slices.Sorted(maps.Keys(r.Attrs)) {
		attrs += fmt.Sprintf(" %s=%q", name, r.Attrs[name])
	}
	return fmt.Sprintf("%v %q%s %v%s %s", r.ID, r.User, times, r.Lifetime, attrs, r.Data.Text())
}
