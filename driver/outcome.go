package driver

import (
	"context"
	"time"
)

// Outcome is what an update comes to that a store has worked out itself, and what it has to write.
type Outcome struct {
	Result // without the metadata
	// Changed are the top-level fields that are no longer what they were, in the order of their names. One whose value is missing is
	// to be removed.
	Changed []Field
	// Growth is by how much [Doc.Size] of the document grows, negative if it shrinks: see [Limits.CheckGrowth].
	Growth int
}

// EvalTexts is [Eval] for a store that keeps the text of each top-level field apart: texts are those of the fields that
// [Update.Touched] names, in that order, "" for one that does not exist. The error is one of Eval, or matches [ErrCorrupt] if a text is
// not that of a value.
func (u *Update) EvalTexts(ctx context.Context, now time.Time, texts []string) (Outcome, error) {
	names := u.Touched()
	fields := make([]Field, 0, len(names))
	for i, name := range names {
		if texts[i] == "" {
			continue
		}
		v, err := ParseValue(texts[i])
		if err != nil {
			return Outcome{}, Corrupt(err.Error())
		}
		fields = append(fields, Field{name, v})
	}
	before := Doc{fields: fields} // Touched sorts the names, and names each once
	after, taken, err := Eval(ctx, before, u, now)
	if err != nil {
		return Outcome{}, err
	}
	o := Outcome{Result: Result{Fields: u.Written(after), Taken: taken}}
	o.Growth = o.Fields.Size() - u.Written(before).Size()
	for _, name := range names {
		if v := after.Get(name); !Identical(v, before.Get(name)) {
			o.Changed = append(o.Changed, Field{name, v})
		}
	}
	return o, nil
}
