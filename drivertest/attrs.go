package drivertest

import (
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

var attrsCases = []testCase{
	{"set", "who sets one attribute knows nothing of the others: they stay", attrsSet},
	{"texts", "an attribute is what a list shows, whatever characters it has", attrsTexts},
	{"names", "any name that the contract allows is one, whatever the store calls its own", attrsNames},
	{"full", "a sign-in must not fail because of what a session holds, nor may what is noted of it take a session's room", attrsFull},
	{"apart", "a visitor who may write any field must not reach what the application notes of a session", attrsApart},
	{"failed", "an update that failed has noted nothing", attrsFailed},
	{"race", "what is noted at once by several is all there", raceAttrs},
}

func attrsSet(e *env) {
	k, r := e.record(doc(`{"a":1}`))
	r.User, r.Attrs = "ann", driver.Attrs{"label": "Firefox", "agent": "Mozilla/5.0"}
	created, plain := e.insert(k, r), e.insertFor("ann", lifetime)
	for _, ops := range append(waysToUpdate, nil, []driver.Op{set("a", `1`)}) {
		for _, attrs := range []driver.Attrs{
			nil,
			{"address": "203.0.113.7"},
			{"label": "Chromium"},
			{"nothing": ""},
			{"agent": "", "x": "1"},
			{"label": "", "address": "", "x": ""},
			{"label": "Firefox", "agent": "Mozilla/5.0"},
		} {
			for _, s := range []*session{created, plain} {
				s.update(e.now, &driver.Update{Attrs: attrs})
			}
			e.listed("ann", created, plain)
		}
		created.update(e.now, &driver.Update{Attrs: driver.Attrs{"label": "Opera", "x": ""}, Ops: ops})
		created.update(e.now, &driver.Update{Attrs: driver.Attrs{"x": "2"}, Renew: new(newVerifier()), MaxAge: 2 * lifetime})
		created.updateAs(driver.UserKey(k.ID, "ann"), e.now, &driver.Update{Attrs: driver.Attrs{"label": "Safari"}})
		created.update(e.now, &driver.Update{User: new(""), Attrs: driver.Attrs{"by": "nobody"}}) // they are the session's, not the user's
		created.update(e.now, &driver.Update{User: new("ann"), Attrs: driver.Attrs{"by": ""}, Authenticated: e.now})
	}
}

func attrsTexts(e *env) {
	s := e.insertFor("ann", lifetime)
	for i, text := range append(someUsers, strings.Repeat("x", driver.MaxAttrs-len("textlabel")), strings.Repeat("漢", 338)) {
		both := []driver.Attrs{{"text": text, "label": ""}, {"text": "", "label": text}}
		for _, attrs := range both {
			s.update(e.now, &driver.Update{Attrs: attrs})
			e.listed("ann", s)
		}
		if i%4 > 0 {
			continue
		}
		k, r := e.record(driver.Doc{})
		r.User, r.Attrs = fmt.Sprint("user", i), driver.Attrs{}.With(both[i/4%2])
		s := e.insert(k, r)
		s.check(e.now)
		e.listed(r.User, s)
	}
}

// metaNames are those of attributes, of metadata, and what a store might call either.
var metaNames = []string{
	"label", "original", "id", "user", "u", "created", "lastused", "expires", "lifetime", "deadline", "authenticated", "attrs", "a",
	"data", "doc", "verifier", "previous", "renewed", "meta", "op", "null", "true", "inf", "nan", "select", "default", "length", "constructor",
	"abcdefghijklmnopqrstuvwxyzabcdef",
}

func attrsNames(e *env) {
	s := e.insertFor("ann", lifetime)
	for _, name := range metaNames {
		s.update(e.now, &driver.Update{Attrs: driver.Attrs{name: "text of " + name}, Ops: []driver.Op{inc("a", `1`)}})
	}
	e.listed("ann", s)
	for i, name := range metaNames {
		s.update(e.now, &driver.Update{Attrs: driver.Attrs{name: []string{"", "1"}[i%2]}})
	}
	e.listed("ann", s)
}

// fullAttrs have as many bytes as there may be.
func fullAttrs() driver.Attrs {
	attrs := driver.Attrs{"label": strings.Repeat("\"\\", 100), "original": strings.Repeat("A", 22), metaNames[len(metaNames)-1]: "x"}
	size := len("agent")
	for name, text := range attrs {
		size += len(name) + len(text)
	}
	attrs["agent"] = strings.Repeat("'", driver.MaxAttrs-size)
	return attrs
}

func attrsFull(e *env) {
	for _, size := range []int{20, testLimit, 1 << 20} {
		s := e.create(driver.Doc{}.With("a", text(size-len(`{"a":""}`))))
		for _, limit := range []int{size, size/2 + 1, 1} {
			limits := driver.Limits{Size: limit}
			s.update(e.now, &driver.Update{ // a sign-in
				Limits: limits, Attrs: fullAttrs(), User: new("ann"), Renew: new(newVerifier()), Authenticated: e.now, MaxAge: 2 * lifetime,
			})
			s.update(e.now, &driver.Update{Limits: limits, Attrs: fullAttrs(), Ops: []driver.Op{unset("n")}})
			s.update(e.now, &driver.Update{Limits: limits, Attrs: fullAttrs(), Ops: []driver.Op{setIfAbsent("a", `1`), rename("x", "y")}})
			s.update(e.now, &driver.Update{User: new(""), Attrs: driver.Attrs{"label": "", "agent": ""}})
		}
	}
	// Of two that differ in their attributes alone, each update meets the same answer, wherever the store sees the limit.
	with, without := e.create(driver.Doc{}.With("a", text(900))), e.create(driver.Doc{}.With("a", text(900)))
	with.update(e.now, &driver.Update{Attrs: fullAttrs()})
	for limit := 300; limit < 3000; limit += 100 {
		u := &driver.Update{Limits: driver.Limits{Size: limit}, Ops: []driver.Op{push("l", `"x"`)}}
		_, wantErr := without.store().Update(e.ctx, e.now, without.key, u)
		for _, attrs := range []driver.Attrs{nil, {"label": ""}, fullAttrs()} {
			u.Attrs = attrs
			_, err := with.store().Update(e.ctx, e.now, with.key, u)
			e.fails(fmt.Sprintf("an update of what has attributes, under a limit of %d", limit), err, wantErr)
			with.modelRecord(&driver.Update{Attrs: fullAttrs()})
			if err != nil {
				continue
			}
			undo := &driver.Update{Ops: []driver.Op{unset("l")}, Attrs: fullAttrs()}
			_, err = with.store().Update(e.ctx, e.now, with.key, undo)
			e.ok(err)
		}
		with.check(e.now)
		if wantErr == nil {
			_, err := without.store().Update(e.ctx, e.now, without.key, &driver.Update{Ops: []driver.Op{unset("l")}})
			e.ok(err)
		}
	}
}

func attrsApart(e *env) {
	var data driver.Doc
	for _, name := range metaNames {
		data = data.With(name, value(`{"label":"theirs","user":"mallory","a":1}`))
	}
	k, r := e.record(data)
	r.User, r.Attrs = "ann", driver.Attrs{"label": "ours"}
	s := e.insert(k, r)
	for i, name := range metaNames {
		p := driver.Path(name)
		s.update(e.now, &driver.Update{Ops: []driver.Op{driver.Set{Path: p + ".label", Value: driver.StringValue("theirs again")}, inc(p+".n", `1`)}})
		s.update(e.now, &driver.Update{
			If:  []driver.Condition{cond(p+".label", driver.Eq, `"theirs again"`), cond("label.label", driver.Ne, `"ours"`)},
			Ops: []driver.Op{take(p)}, Attrs: driver.Attrs{name: "ours"},
		})
		s.update(e.now, &driver.Update{If: []driver.Condition{cond(p, driver.Exists, `true`)}, Attrs: driver.Attrs{"label": "nobody's"}})
		s.update(e.now, &driver.Update{If: []driver.Condition{cond(p, driver.Exists, `false`)}, Ops: []driver.Op{set(p, `"theirs"`)}})
		if i%2 == 0 {
			s.update(e.now, &driver.Update{Attrs: driver.Attrs{name: ""}, Ops: []driver.Op{inc("n", `1`)}})
		}
		e.listed("ann", s)
		e.listed("theirs")
	}
}

func attrsFailed(e *env) {
	k, r := e.record(doc(`{"a":1,"b":"x"}`))
	r.Attrs = driver.Attrs{"label": "Firefox", "agent": "Mozilla/5.0"}
	s := e.insert(k, r)
	noting := func(u driver.Update) *driver.Update {
		u.Attrs, u.MaxAge = driver.Attrs{"label": "Chromium", "agent": "", "x": "1"}, 2*lifetime
		return &u
	}
	for _, u := range []driver.Update{
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}},
		{If: []driver.Condition{cond("a", driver.Eq, `2`)}, Ops: []driver.Op{inc("a", `1`)}},
		{AuthenticatedSince: e.now},
		{Ops: []driver.Op{inc("a", `1`), inc("b", `1`)}},
		{Ops: []driver.Op{set("b.c", `1`)}, Renew: new(newVerifier())},
		{Ops: []driver.Op{set("c", `[3]`), by("", false, push("b", `1`))}},
	} {
		s.update(e.after(time.Minute), noting(u))
		s.updateAs(driver.UserKey(k.ID, ""), e.after(time.Minute), noting(u))
	}
	for _, k := range []driver.Key{{ID: k.ID, Verifier: newVerifier()}, driver.UserKey(k.ID, "ann"), newKey()} {
		s.updateAs(k, e.now, noting(driver.Update{}))
	}
	s.updateAs(k, e.after(lifetime), noting(driver.Update{}))
	s.tooLarge(noting(*limited(driver.Set{Path: "c", Value: text(3 * testLimit)})))
}

// raceAttrs has each worker set attributes of its own, while one of them is removed and set again, and other things happen.
func raceAttrs(e *env) {
	s := e.create(doc(`{"n":0}`))
	name := func(i int) string { return "w" + string(rune('a'+i%26)) + string(rune('a'+i/26)) }
	contend(func(i, round int) {
		u := &driver.Update{Attrs: driver.Attrs{name(i): fmt.Sprint(round)}, Ops: []driver.Op{inc("n", `1`)}}
		switch {
		case i%4 == 1 && round%2 == 0:
			u.Attrs[name(i)] = ""
		case i%4 == 2:
			u.Ops = append(u.Ops, sorted)
		case i%4 == 3:
			u.User, u.MaxAge = new(name(round)), lifetime
		}
		s.apply(i, u)
	})
	s.holds(s.stored(), "n", driver.IntValue(workers*rounds))
	rec, err := s.client(1).Load(e.ctx, e.now, s.key)
	e.ok(err)
	for i := range workers {
		if got := rec.Attrs[name(i)]; got != fmt.Sprint(rounds-1) {
			s.Errorf("attribute %s is %q, want what its own last update has made it", name(i), got)
		}
	}
	e.agreed(rec.User, []*session{s})
}
