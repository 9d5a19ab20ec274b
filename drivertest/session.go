package drivertest

import (
	"maps"
	"slices"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// lifetime is how long the records of the suite live at first unless a case says otherwise.
const lifetime = 24 * time.Hour

// longLife is the Lifetime of these records: with one so long it is the MaxAge of an update that decides.
const longLife = 100 * lifetime

// session is one record of the store together with a model of it, by which every answer of the store is judged.
// It is for one goroutine.
type session struct {
	*env
	key  driver.Key
	want driver.Record
	gone bool
	turn int

	// Of the latest renewal: the key that it replaced, when, and whether it was a sign-in.
	old      driver.Key
	renewed  time.Time
	signedIn bool
}

// record returns a record that holds data and lives for lifetime, under the ID of a new key.
func (e *env) record(data driver.Doc) (driver.Key, driver.Record) {
	k := newKey()
	return k, driver.Record{
		Meta: driver.Meta{ID: k.ID, Created: e.now, LastUsed: e.now, Expires: e.after(lifetime), Lifetime: longLife},
		Data: data,
	}
}

// create puts a record into the store and ends the case if that fails.
func (e *env) create(data driver.Doc) *session {
	e.Helper()
	return e.insert(e.record(data))
}

func (e *env) insert(k driver.Key, r driver.Record) *session {
	e.Helper()
	s := &session{env: e, key: k, want: r}
	e.ok(s.store().Create(e.ctx, k.Verifier, r))
	return s
}

// store returns the two clients in turn, so that each sees at once what the other has done.
func (s *session) store() driver.Store {
	s.turn++
	return s.client(s.turn)
}

// ended reports whether the record is gone, or has expired at now.
func (s *session) ended(now time.Time) bool { return s.gone || !s.want.Expires.After(now) }

// check loads the record as of now, and fails unless it is what the model says.
func (s *session) check(now time.Time) {
	s.Helper()
	if diff := s.diff(now); diff != "" {
		s.Errorf("Load:%s", diff)
	}
}

func (s *session) diff(now time.Time) string {
	got, err := s.load(s.store(), now, s.key)
	if s.ended(now) {
		return diffErrors(err, driver.ErrNotFound) + diffRecords(got, driver.Record{})
	}
	if err != nil {
		return diffErrors(err, nil)
	}
	return diffRecords(got, s.want)
}

// diffOld is diff with the key before the latest renewal, if there was one.
func (s *session) diffOld(now time.Time) string {
	if s.old.ID.IsZero() {
		return ""
	}
	got, err := s.load(s.store(), now, s.old)
	wantErr, want := driver.ErrNotFound, driver.Record{}
	switch {
	case s.ended(now):
	case !s.remembers(now):
		wantErr, want.ID, want.User = driver.ErrReplayed, s.want.ID, s.want.User
	case s.signedIn:
		wantErr, want = driver.ErrRenewed, s.want
	default:
		wantErr = driver.ErrRenewed
	}
	return diffErrors(err, wantErr) + diffRecords(got, want)
}

// update applies u to the record and to the model, and reports whether the answers and what is stored are the same.
func (s *session) update(now time.Time, u *driver.Update) (driver.Result, bool) {
	s.Helper()
	return s.updateAs(s.key, now, u)
}

// updateAs is update with a key that need not be the record's.
func (s *session) updateAs(k driver.Key, now time.Time, u *driver.Update) (driver.Result, bool) {
	s.Helper()
	if err := u.Validate(); err != nil {
		s.Fatalf("the suite itself is wrong: invalid update %s: %v", describe(u), err)
	}
	before := s.want.Data
	want, errs := s.model(k, now, u) // first: a store that changes u must not change what is expected
	got, err := s.store().Update(s.ctx, now, k, u)
	diff := ""
	if !slices.ContainsFunc(errs, func(e error) bool { return sameError(err, e) }) {
		diff = diffErrors(err, errs[0])
	} else if err == nil {
		diff = diffMeta(got.Meta, want.Meta) + diffDocs(got.Fields, want.Fields) + diffTaken(got.Taken, want.Taken)
	}
	if diff != "" {
		diff = "\nanswer:" + diff
	}
	if stored := s.diff(s.now); stored != "" {
		diff += "\nloaded afterwards:" + stored
	}
	if stored := s.diffOld(s.now); stored != "" {
		diff += "\nloaded with the secret before the latest renewal:" + stored
	}
	if diff != "" {
		s.Errorf("document: %v\nupdate: %s%s", before.Text(), describe(u), diff)
	}
	return got, diff == ""
}

// model applies u to the model as the contract of [driver.Store] has it. It returns the errors that the store may
// answer with: one, or several if several operations fail.
func (s *session) model(k driver.Key, now time.Time, u *driver.Update) (driver.Result, []error) {
	if s.ended(now) {
		return driver.Result{}, []error{driver.ErrNotFound}
	}
	switch {
	case k == s.key, k == driver.UserKey(s.want.ID, s.want.User):
	case k == s.old && s.remembers(now):
		return driver.Result{}, []error{driver.ErrRenewed}
	case k == s.old:
		return driver.Result{}, []error{driver.ErrReplayed}
	default:
		return driver.Result{}, []error{driver.ErrNotFound}
	}
	var refusals []error
	if since := u.AuthenticatedSince; !since.IsZero() && (s.want.Authenticated.IsZero() || s.want.Authenticated.Before(inMillis(since))) {
		refusals = []error{driver.ErrReauthenticate}
	}
	data, taken, err := driver.Eval(s.ctx, s.want.Data, u, now)
	if err != nil {
		refusals = append(append(refusals, err), s.alone(u, now)...)
	}
	if len(refusals) > 0 {
		return driver.Result{}, refusals
	}
	s.want.Data = data
	s.modelTimes(now, u)
	if u.Renew != nil {
		s.old, s.renewed = s.key, now
		s.signedIn = s.want.User == "" && u.User != nil && *u.User != ""
		s.key.Verifier = *u.Renew
	}
	if u.User != nil {
		s.want.User = *u.User
	}
	s.modelRecord(u)
	return driver.Result{Meta: s.want.Meta, Fields: u.Written(data), Taken: taken}, []error{nil}
}

// modelRecord is what [driver.Update.Record] says of what is no metadata, in other words.
func (s *session) modelRecord(u *driver.Update) {
	if u.User != nil && *u.User == "" {
		s.want.Authenticated = time.Time{}
	}
	if !u.Authenticated.IsZero() {
		s.want.Authenticated = inMillis(u.Authenticated)
	}
	attrs := driver.Attrs{}
	maps.Copy(attrs, s.want.Attrs)
	for name, text := range u.Attrs {
		if attrs[name] = text; text == "" {
			delete(attrs, name)
		}
	}
	s.want.Attrs = attrs
}

// inMillis returns t as records hold it.
func inMillis(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }

// modelTimes is what [driver.Update.Meta] says of the times, in other words.
func (s *session) modelTimes(now time.Time, u *driver.Update) {
	m := &s.want.Meta
	if u.Lifetime > 0 {
		m.Lifetime = u.Lifetime
	}
	if !u.Deadline.IsZero() {
		m.Deadline = u.Deadline
	}
	if u.MaxAge > 0 { // a use
		if m.LastUsed.Before(now) {
			m.LastUsed = now
		}
		m.Expires = m.LastUsed.Add(min(m.Lifetime, u.MaxAge))
	}
	if !m.Deadline.IsZero() && m.Deadline.Before(m.Expires) {
		m.Expires = m.Deadline
	}
}

// remembers reports whether the store still knows the key before the latest renewal.
func (s *session) remembers(now time.Time) bool {
	return now.Before(s.renewed.Add(driver.RenewalWindow))
}

// alone returns the errors of those operations of u that fail by themselves. The order of operations has no meaning, so
// a store may come upon any of them first.
func (s *session) alone(u *driver.Update, now time.Time) []error {
	var errs []error
	for _, op := range u.Ops {
		_, _, err := driver.Eval(s.ctx, s.want.Data, &driver.Update{If: u.If, Ops: []driver.Op{op}, Limits: u.Limits}, now)
		if err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}
