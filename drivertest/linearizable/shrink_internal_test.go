package linearizable

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/anishathalye/porcupine"
)

// lostUpdate is a history with a lost update among much else: 9 answers what 7 has, and what is behind it does not matter.
func lostUpdate() *history {
	return handmadeHistory(false,
		creates(0, 1, 2, nil),
		loads(1, 3, 4, 0, nil),
		counts(0, 5, 8, 2, nil),
		counts(2, 6, 7, 1, nil),
		loads(1, 9, 10, 2, nil),
		loads(3, 11, 40, 3, nil),
		counts(0, 12, 20, 3, nil),
		counts(4, 13, 14, 0, missed),
		counts(2, 15, 30, 3, nil),
		loads(1, 16, 17, 2, nil),
		counts(4, 18, 50, 5, nil),
		deletes(1, 60, 70, nil),
		loads(0, 80, 90, 0, missed),
	)
}

func numbers(events []*event) (list []int) {
	for _, e := range events {
		list = append(list, e.number)
	}
	return list
}

// TestShrink expects the smallest history. What is unknown in it stays: without that, there could be another reason.
func TestShrink(t *testing.T) {
	h := lostUpdate()
	h.operations[7] = counts(4, 13, 14, 0, nil)(h.setting) // 1 more than nothing: no order explains that either
	h.operations[7].number = 8
	p := shrink(h.of(0))
	if got := numbers(p.events); !slices.Equal(got, []int{7, 8}) {
		t.Errorf("the first wrong answer is 8, beside 7; found %v", got)
	}

	h.operations[7] = counts(4, 13, 14, 0, lost)(h.setting)
	h.operations[7].number, h.operations[7].end = 8, 1000
	p = shrink(h.of(0))
	if got := numbers(p.events); !slices.Equal(got, []int{7, 8, 9, 11}) {
		t.Errorf("of 7 to 9 and 11 none can be left out; found %v", got)
	}
	for _, e := range p.events {
		if open := e.answer == nil; open != (e.number == 8 || e.number == 11) {
			t.Errorf("%d is without an answer: %t", e.number, open)
		}
	}
	if got := numbers(p.earlier); !slices.Equal(got, []int{1, 3, 4}) {
		t.Errorf("1, 3 and 4 come before; found %v", got)
	}
	if p.before.gone || len(p.before.there) != 1 || p.before.there[0].Data.Text() != `{"n":2}` {
		t.Errorf("they make of it: %v", p.before)
	}
}

// TestFold expects every order of what is folded to be kept.
func TestFold(t *testing.T) {
	h := handmadeHistory(false, creates(0, 1, 2, nil), sweeps(1, 3, 6, 1), loads(0, 4, 5, 0, nil), loads(0, 7, 8, 0, nil))
	p := fold(h.of(0))
	if len(p.events) != 1 || !p.before.gone || len(p.before.there) != 1 {
		t.Errorf("before %v it may be there or not: %v", numbers(p.events), p.before)
	}
}

// TestShrinkRandom makes random answers of histories wrong: what comes of them is wrong still, and nothing of it can be left out.
func TestShrinkRandom(t *testing.T) {
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	found := 0
	for range 300 {
		ops := []handmade{creates(0, 1, 2, nil)}
		at, n := int64(3), 0
		for range 10 {
			wrong := r.IntN(8) / 7
			overlap := int64(r.IntN(3))
			if client := r.IntN(4); r.IntN(2) == 0 {
				n++
				ops = append(ops, counts(client, at, at+1+overlap, n+wrong, nil))
			} else {
				ops = append(ops, loads(client, at, at+1+overlap, n+wrong, nil))
			}
			at += 2
		}
		events := handmadeHistory(false, ops...).of(0)
		if linearizable(nothing, events, judgePatience) == porcupine.Ok {
			continue
		}
		found++
		p := shrink(events)
		if !wrong(p.before, p.events) {
			t.Fatalf("what was wrong is so no more: %s", p.text())
		}
		for i, e := range p.events {
			if e.withoutEffect() && wrong(p.before, slices.Delete(slices.Clone(p.events), i, i+1)) {
				t.Errorf("%d could be left out: %s", e.number, p.text())
			}
		}
	}
	if found < 100 {
		t.Errorf("%d of 300 were wrong", found)
	}
}

const golden = `session A was explained by these and those before them:
   1  client 0  create A v0 → ok
   3  client 0  update A v0: inc n → ok {"n":2}, used +0s, until +1h0m0s, lifetime 1h0m0s
   4  client 2  update A v0: inc n → ok {"n":1}, used +0s, until +1h0m0s, lifetime 1h0m0s
session A: v0 {"n":2}, used +0s, until +1h0m0s, lifetime 1h0m0s
and then:
   7  client 0  update A v0: inc n → ok {"n":3}, used +0s, until +1h0m0s, lifetime 1h0m0s
   9  client 2  update A v0: inc n → ok {"n":3}, used +0s, until +1h0m0s, lifetime 1h0m0s
  11  client 4  update A v0: inc n → unknown
with another answer to 7, or to 9 there would be an order
`

// TestPicture compares a picture with one that has been looked at.
func TestPicture(t *testing.T) {
	h := lostUpdate()
	h.operations[7].answer.Class = classOf(unavailable)
	p := shrink(h.of(0))
	text, lanes, _ := strings.Cut(p.text(), "\n\n")
	if text+"\n" != golden {
		t.Errorf("got\n%s\nwant\n%s", text, golden)
	}
	if lanes != goldenLanes {
		t.Errorf("got\n%s\nwant\n%s", lanes, goldenLanes)
	}
	for line := range strings.SplitSeq(lanes, "\n") {
		if len(line) > 140 {
			t.Errorf("a line of %d columns", len(line))
		}
	}
}

const goldenLanes = `client 0  [1 create-]         [3 inc n----------------------]         [7 inc n----------------------]
client 2                                [4 inc n--]                             [9 inc n----------------------]
client 4                                                                                  [11 inc n------------------------------>
`
