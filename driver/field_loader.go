package driver

import (
	"context"
	"time"
)

// FieldLoader is an ability of stores that can read a part of a record for less than all of it costs.
type FieldLoader interface {
	// LoadFields is [Store.Load], but of the document it returns the top-level fields with these names alone, as far as they exist:
	// [Doc.Only] of what Load returns. No names ask for the record without its document. That holds for the records that come beside
	// an error, too; guard and errors are those of Load, but that damage where it has not looked need not be found ([ErrCorrupt]).
	// Like Load it changes nothing, and what it returns is of one moment.
	//
	// The names are those that a path can begin with ([Path.Check]), sorted, each once, and at most [MaxFields]. The store neither keeps
	// nor changes the slice.
	LoadFields(ctx context.Context, now time.Time, k Key, names []string) (Record, error)
}

// MaxFields is the most names that are given to a [FieldLoader]. For more, [Store.Load] is better.
const MaxFields = 100

// Only returns the fields of d with one of the names, which are sorted.
func (d Doc) Only(names []string) Doc {
	fields := make([]Field, 0, min(len(names), len(d.fields)))
	for _, name := range names {
		if i, found := d.find(name); found {
			fields = append(fields, d.fields[i])
		}
	}
	return Doc{fields: fields}
}
