package driver_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// lives reads "id[=original]@minute ..." into records.
func lives(text string) []driver.Record {
	var list []driver.Record
	for one := range strings.FieldsSeq(text) {
		name, used, _ := strings.Cut(one, "@")
		id, original, _ := strings.Cut(name, "=")
		r := driver.Record{Meta: driver.Meta{ID: driver.ID{id[0]}, User: "ann", LastUsed: now}}
		var minute int
		if _, err := fmt.Sscan(used, &minute); err != nil {
			panic(one)
		}
		r.LastUsed = now.Add(time.Duration(minute) * time.Minute)
		if original != "" {
			r.Attrs = driver.Attrs{driver.AttrOriginal: driver.ID{original[0]}.String()}
		}
		list = append(list, r)
	}
	return list
}

func TestExcess(t *testing.T) {
	for _, test := range []struct {
		name   string
		most   int
		list   string
		own    string
		except string
		want   string // who ends, in order
	}{
		{"no limit", 0, "a@1 b@2", "o@9", "", ""},
		{"less than none", -1, "a@1 b@2", "o@9", "", ""},
		{"first", 1, "", "o@9", "", ""},
		{"as many as may be", 3, "a@1 b@2", "o@9", "", ""},
		{"one too many", 2, "b@2 a@1", "o@9", "", "a"},
		{"all others", 1, "c@3 a@1 b@2", "o@9", "", "abc"},
		{"itself does not count", 2, "a@1 o@0", "o@9", "", ""},
		{"itself does not end", 1, "a@1 o@0", "o@9", "", "a"},
		{"the exception does not count", 2, "a@1 b@2", "o@9", "a", ""},
		{"the exception does not end", 1, "a@1 b@2", "o@9", "a", "b"},
		{"an exception that is not there", 2, "a@1 b@2", "o@9", "z", "a"},
		{"a copy of the exception does not count", 1, "a@1 b=a@2", "o@9", "a", ""},
		{"its own copies", 1, "a=o@1 b=o@2 o@0", "o@9", "", ""},
		{"its own original", 1, "a@1 b=a@2", "o=a@9", "", ""},
		{"a copy with its original is one", 2, "a@1 b=a@2", "o@9", "", ""},
		{"they end together", 1, "a@1 b=a@2", "o@9", "", "ab"},
		{"the latest use of them counts", 2, "a@1 b=a@5 c@3", "o@9", "", "c"},
		{"copies without their original", 2, "b=a@1 c=a@2 d@3", "o@9", "", "bc"},
		{"used at the same time", 2, "b@1 a@1", "o@9", "", "a"},
	} {
		own := lives(test.own)[0]
		l := driver.SessionLimit{Max: test.most}
		if test.except != "" {
			l.Except = driver.ID{test.except[0]}
		}
		ended, err := l.Excess(lives(test.list), own)
		if tooMany := test.want != ""; errors.Is(err, driver.ErrTooManySessions) != tooMany || err != nil && !tooMany || len(ended) > 0 {
			t.Errorf("%s: %v, error %v", test.name, ended, err)
		}
		l.End = true
		ended, err = l.Excess(lives(test.list), own)
		got := ""
		for _, id := range ended {
			got += string(rune(id[0]))
		}
		if got != test.want || err != nil {
			t.Errorf("%s: %q end (%v), want %q", test.name, got, err, test.want)
		}
	}
}

// TestExcessNaively holds it to what it is about: how many are left, that none had to end in vain, and who ends.
func TestExcessNaively(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := ""
		ids := r.Perm(8)[:r.IntN(9)]
		name := func(i int) string { return string(rune('a' + i)) }
		for _, id := range ids {
			if text += " " + name(id); r.IntN(3) == 0 {
				text += "=" + name(r.IntN(10))
			}
			text += fmt.Sprint("@", r.IntN(4))
		}
		own := lives(name(r.IntN(10)) + []string{"", "=" + name(r.IntN(10))}[r.IntN(2)] + "@5")[0]
		l := driver.SessionLimit{Max: 1 + r.IntN(5), End: true}
		if r.IntN(2) == 0 {
			l.Except = driver.ID{byte('a' + r.IntN(10))}
		}
		list := lives(text)
		group := func(r driver.Record) string {
			if original := r.Attrs[driver.AttrOriginal]; original != "" {
				return original
			}
			return r.ID.String()
		}
		used := map[string]time.Time{} // of who counts
		counts := func(r driver.Record) bool {
			return r.ID != own.ID && r.ID != l.Except && group(r) != group(own) && (l.Except.IsZero() || group(r) != l.Except.String())
		}
		for _, r := range list {
			if counts(r) && !r.LastUsed.Before(used[group(r)]) {
				used[group(r)] = r.LastUsed
			}
		}
		ended, err := l.Excess(list, own)
		if err != nil {
			t.Fatal(err)
		}
		gone := map[string]bool{}
		for _, r := range list {
			if slices.Contains(ended, r.ID) {
				gone[group(r)] = true
				if !counts(r) {
					t.Fatalf("%s, own %s, %+v: %s ends, which does not count", text, own.ID, l, r.ID)
				}
			}
		}
		for _, r := range list {
			if counts(r) && gone[group(r)] != slices.Contains(ended, r.ID) {
				t.Fatalf("%s, own %s, %+v: of copies %s ends or stays alone", text, own.ID, l, r.ID)
			}
		}
		if want := max(0, len(used)+1-l.Max); len(gone) != want {
			t.Fatalf("%s, own %s, %+v: %d end, want %d", text, own.ID, l, len(gone), want)
		}
		for out := range gone {
			for in, at := range used {
				if !gone[in] && at.Before(used[out]) {
					t.Fatalf("%s, own %s, %+v: %s ends before one that was used earlier", text, own.ID, l, out)
				}
			}
		}
		l.End = false
		if _, err := l.Excess(list, own); (len(gone) > 0) != errors.Is(err, driver.ErrTooManySessions) {
			t.Fatalf("%s, own %s, %+v: error %v, and %d would have to end", text, own.ID, l, err, len(gone))
		}
	}
}

// The one that was used least recently makes room.
func ExampleSessionLimit_Excess() {
	at := func(id byte, minute int) driver.Record {
		return driver.Record{Meta: driver.Meta{ID: driver.ID{id}, User: "ann", LastUsed: time.Unix(int64(60*minute), 0)}}
	}
	list, own := []driver.Record{at(1, 20), at(2, 10)}, at(3, 30)
	ended, err := driver.SessionLimit{Max: 2, End: true}.Excess(list, own)
	fmt.Println(ended[0] == driver.ID{2}, len(ended), err)
	_, err = driver.SessionLimit{Max: 2}.Excess(list, own)
	fmt.Println(err)
	// Output:
	// true 1 <nil>
	// too many sessions
}
