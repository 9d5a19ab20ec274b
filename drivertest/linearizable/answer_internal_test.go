package linearizable

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestAnswerText sends answers as processes do. A time of another zone arrives as such: a store must not return one.
func TestAnswerText(t *testing.T) {
	s := byHand(false)
	r := s.heldBy("ann", 1)
	r.Data = document(`{"b":{"$binary":"AP8="},"f":1.0,"i":9007199254740993,"s":"<&\"\\😀","t":{"$date":"2024-02-29T12:00:00.001Z"}}`)
	r.Authenticated, r.Attrs, r.Deadline = s.base, driver.Attrs{"label": "<x>"}, s.base.Add(time.Hour)
	elsewhere := r
	elsewhere.LastUsed = r.LastUsed.In(time.FixedZone("", 3600))
	for _, a := range []answer{
		{},
		{Class: classOf(driver.ErrRenewed), Text: "renewed", Record: r},
		{Record: elsewhere},
		{Record: r, Taken: []driver.Value{{}, driver.NullValue, number(1), driver.FloatValue(1)}},
		{Listed: []driver.Record{r, {}, r}},
		{N: 3, Next: s.id(1)},
	} {
		text, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var b answer
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatal(err)
		}
		if b.Class != a.Class || b.Text != a.Text || b.N != a.N || b.Next != a.Next || !sameTaken(a.Taken, b.Taken) || len(a.Listed) != len(b.Listed) {
			t.Errorf("%s has become %+v", text, b)
		}
		if got, want := a.Record.LastUsed.Format(time.RFC3339), b.Record.LastUsed.Format(time.RFC3339); got != want {
			t.Errorf("%v has become %v", want, got)
		}
		b.Record.LastUsed = a.Record.LastUsed.UTC()
		a.Record.LastUsed = a.Record.LastUsed.UTC()
		for i, r := range append(a.Listed, a.Record) {
			if diff := diffRecords(&append(b.Listed, b.Record)[i], &r); diff != "" {
				t.Error(diff)
			}
		}
	}
}
