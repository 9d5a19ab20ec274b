package linearizable

import (
	"fmt"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// text returns the event in one line.
func (e *event) text() string { return e.operation.String() + " → " + e.answerText() }

// answerText returns what came of the event in a few words.
func (e *event) answerText() string {
	a := e.answer
	switch {
	case a == nil:
		return "unknown"
	case e.kind == list && e.listed != nil:
		return "listed " + recordWords(e.listed, e.base())
	case e.kind == list && a.Class == 0:
		return "not listed"
	case e.kind == deleteMany || e.kind == sweep:
		return fmt.Sprintf("%v, n = %d", a.Class, a.N)
	case a.Class == otherBit:
		return a.Text
	}
	text := a.Class.String()
	if a.Record.ID.IsZero() && len(a.Taken) == 0 {
		return text
	}
	text += " " + recordWords(&a.Record, e.base())
	if len(a.Taken) > 0 {
		taken := make([]string, len(a.Taken))
		for i, v := range a.Taken {
			if taken[i] = "nothing"; v.Exists() {
				taken[i] = v.Text()
			}
		}
		text += " took " + strings.Join(taken, ", ")
	}
	return text
}

// base returns the time of which times are told how far they lie from it.
func (o *operation) base() time.Time { return o.now.Add(-o.offset) }

// recordWords tells of a record, without its ID.
func recordWords(r *driver.Record, base time.Time) string {
	from := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return fmt.Sprintf("+%v", t.Sub(base))
	}
	words := []string{r.Data.Text()}
	if r.User != "" {
		words = append(words, "of "+r.User)
	}
	if !r.LastUsed.IsZero() || !r.Expires.IsZero() {
		words = append(words, fmt.Sprintf("used %s, until %s, lifetime %v", from(r.LastUsed), from(r.Expires), r.Lifetime))
	}
	if !r.Deadline.IsZero() {
		words = append(words, "deadline "+from(r.Deadline))
	}
	if !r.Authenticated.IsZero() {
		words = append(words, "authenticated "+from(r.Authenticated))
	}
	if len(r.Attrs) > 0 {
		words = append(words, r.Attrs.Text())
	}
	return strings.Join(words, ", ")
}

// String returns what may be there. Times are told from when the record was created.
func (st *state) String() string {
	var words []string
	if st.gone {
		words = append(words, "none")
	}
	for _, s := range st.there {
		text := fmt.Sprintf("v%d %s", s.verifier, recordWords(&s.Record, s.Created))
		if s.previous >= 0 {
			text += fmt.Sprintf(", v%d until +%v", s.previous, s.renewed.Sub(s.Created))
		}
		words = append(words, text)
	}
	return strings.Join(words, " or ")
}
