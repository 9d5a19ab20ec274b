package mongostore_test

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/atomicsession/atomicsession"
)

// TestParity is the table "What koa-atomic-session had" of docs/mongodb.md, row by row.
func TestParity(t *testing.T) {
	type change = atomicsession.Change
	type item = map[string]any
	two, minusThree := 2, -3
	rows := []struct {
		koa  string // the first column
		test func(p *parity)
	}{
		{"`key`", parityKey},
		{"`maxAge`, default 14 days", parityMaxAge},
		{"`maxAge: '1 month'`", parityMonth},
		{"`yield this.session()`, only when needed", parityLazy},
		{"`session.touch()`", parityTouch},
		{"`session.set('a','b').unset('c').push('d',1)`", commands{
			{"chained", `{"c":1}`, []change{atomicsession.Path("a").Set("b"), atomicsession.Path("c").Unset(), atomicsession.Path("d").Push(1)}, `{"a":"b","d":[1]}`},
		}.test},
		{"`.then(session.update)`", parityUpdate},
		{"`session.destroy`", parityDestroy},
		{"`session.regenerate`", parityReset},
		{"`session.createCSRF()`, `session.assertCSRF(csrf)`", parityCSRF},
		{"`MongoDBSession.ensureIndex()`", parityEnsureIndex},
		{"`MongoDBSession.collection = …` later", parityAttach},
		{"signed cookies (Koa's keys)", paritySignedCookies},
		{"`set`, `unset`, `inc`, `rename`", commands{
			{"set", `{}`, []change{atomicsession.Path("a").Set("b")}, `{"a":"b"}`},
			{"set, dotted", `{"a":{"l":[{"n":1}]}}`, []change{atomicsession.Path("a.l.0.n").Set(2)}, `{"a":{"l":[{"n":2}]}}`},
			{"unset", `{"a":1,"b":2}`, []change{atomicsession.Path("a").Unset()}, `{"b":2}`},
			{"inc", `{"n":1}`, []change{atomicsession.Path("n").Inc(2)}, `{"n":3}`},
			{"rename", `{"a":1}`, []change{atomicsession.Path("a").Rename("b")}, `{"b":1}`},
		}.test},
		{"`push`, `pushAll`", commands{
			{"push", `{"l":[1]}`, []change{atomicsession.Path("l").Push(2)}, `{"l":[1,2]}`},
			{"pushAll", `{"l":[1]}`, []change{atomicsession.Path("l").Push(2, 3)}, `{"l":[1,2,3]}`},
		}.test},
		{"`addToSet`, `pop`, `pull`, `pullAll`", commands{
			{"addToSet", `{"l":[1]}`, []change{atomicsession.Path("l").AddToSet(1, 2)}, `{"l":[1,2]}`},
			{"pop 1", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").Pop()}, `{"l":[1,2]}`},
			{"pop -1", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").PopFirst()}, `{"l":[2,3]}`},
			{"pull", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").Pull(atomicsession.Path("").Eq(2))}, `{"l":[1,3]}`},
			{"pullAll", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").PullAll(1, 3)}, `{"l":[2]}`},
		}.test},
		{"`$mul`, `$min`, `$max`, `$bit`, `$currentDate`", commands{
			{"mul", `{"n":4}`, []change{atomicsession.Path("n").Mul(3)}, `{"n":12}`},
			{"min", `{"n":4}`, []change{atomicsession.Path("n").Min(3)}, `{"n":3}`},
			{"max", `{"n":4}`, []change{atomicsession.Path("n").Max(5)}, `{"n":5}`},
			{"bit and", `{"n":5}`, []change{atomicsession.Path("n").BitAnd(4)}, `{"n":4}`},
			{"bit or", `{"n":5}`, []change{atomicsession.Path("n").BitOr(2)}, `{"n":7}`},
			{"bit xor", `{"n":5}`, []change{atomicsession.Path("n").BitXor(1)}, `{"n":4}`},
			{"currentDate", `{}`, []change{atomicsession.Path("at").CurrentDate()}, `{"at":{"$date":"` + now.Format("2006-01-02T15:04:05") + `.000Z"}}`},
		}.test},
		{"`$push` with `$position`, `$slice`, `$sort`", commands{
			{"position", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").PushWith(atomicsession.PushOptions{Position: &two}, 9)}, `{"l":[1,2,9,3]}`},
			{"slice", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").PushWith(atomicsession.PushOptions{Slice: &minusThree}, 4)}, `{"l":[2,3,4]}`},
			{
				"sort", `{"l":[{"n":3},{"n":1}]}`,
				[]change{atomicsession.Path("l").PushWith(atomicsession.PushOptions{Sort: []atomicsession.Sort{{By: "n"}}}, item{"n": 2})},
				`{"l":[{"n":1},{"n":2},{"n":3}]}`,
			},
		}.test},
		{"`$setOnInsert`", commands{
			{"absent", `{"a":1}`, []change{atomicsession.Path("a").SetIfAbsent(2), atomicsession.Path("b").SetIfAbsent(2)}, `{"a":1,"b":2}`},
		}.test},
		{"`$pull` with a query", commands{
			{"element", `{"l":[1,2,3]}`, []change{atomicsession.Path("l").Pull(atomicsession.Path("").Gte(2))}, `{"l":[1]}`},
			{"field", `{"l":[{"qty":0},{"qty":1}]}`, []change{atomicsession.Path("l").Pull(atomicsession.Path("qty").Lt(1))}, `{"l":[{"qty":1}]}`},
		}.test},
		{"array filters (`$[x]`)", parityArrayFilters},
	}
	var names []string
	for _, row := range rows {
		names = append(names, row.koa)
		t.Run(strings.ReplaceAll(row.koa, "`", ""), func(t *testing.T) { row.test(newParity(t, nil)) })
	}
	if documented := parityTable(t); !slices.Equal(names, documented) {
		t.Errorf("the table has the rows\n%q\nand the test\n%q", documented, names)
	}
}

// parityTable returns the first column of the table.
func parityTable(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/mongodb.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "| koa-atomic-session | here |\n|---|---|\n")
	table, _, _ := strings.Cut(section, "\n\n")
	var rows []string
	for _, match := range regexp.MustCompile(`(?m)^\| (.*?) \| `).FindAllStringSubmatch(table, -1) {
		rows = append(rows, match[1])
	}
	return rows
}

// commands are changes, each of which is one command and makes another document of the one before.
type commands []struct {
	name   string
	before string
	change []atomicsession.Change
	after  string
}

func (list commands) test(p *parity) {
	for _, c := range list {
		p.visit(func(ctx context.Context, s *atomicsession.Session) {
			var changes []atomicsession.Change
			for name, v := range doc(c.before).All() {
				changes = append(changes, atomicsession.Path(name).Set(v))
			}
			if err := s.Reset(ctx, changes...); err != nil {
				p.t.Fatal(err)
			}
		})
		p.monitor.take()
		p.change(c.change...)
		if names := p.monitor.take(); !slices.Equal(names, []string{"findAndModify"}) {
			p.t.Errorf("%s sends %v", c.name, names)
		}
		if got := p.document(); got != c.after {
			p.t.Errorf("%s: %s is now %s, want %s", c.name, c.before, got, c.after)
		}
	}
}
