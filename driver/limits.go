package driver

import "cmp"

// Limits bound what a session may hold. A zero field stands for its default. A change past a limit fails with
// [ErrTooLarge] and changes nothing. There is none on work: [Eval] takes about as long as document and update are large.
type Limits struct {
	// Size is the largest document in bytes, as measured by [Doc.Size]; default 1 MiB. A store that cannot measure
	// text forms measures its own encoding; for documents made of strings the two agree within a factor of two. An update
	// that does not make the document larger is never refused for its size.
	Size int
	// Depth is the most segments in a path and the most arrays and objects inside one another in a document; default 64,
	// at most 96: MongoDB keeps 100, some of which are the record's own.
	Depth int
	// Name is the longest name of a field in bytes; default 1024.
	Name int
	// Padding is the most nulls put before an element that is set beyond the end of an array; default 4096.
	Padding int
}

// maxDepth is the highest limit on depth.
const maxDepth = 96

// WithDefaults returns l with the defaults instead of zero fields, and Depth lowered to what it is at most.
func (l Limits) WithDefaults() Limits {
	return Limits{
		Size:    cmp.Or(max(l.Size, 0), 1<<20),
		Depth:   min(cmp.Or(max(l.Depth, 0), 64), maxDepth),
		Name:    cmp.Or(max(l.Name, 0), 1024),
		Padding: cmp.Or(max(l.Padding, 0), 4096),
	}
}

// CheckGrowth returns an error matching [ErrTooLarge] if a document that an update brings from before to after bytes passes the limit.
// One that does not become larger passes: a document over a limit that was lowered must still be trimmed.
func (l Limits) CheckGrowth(before, after int) error {
	if after > before && after > l.WithDefaults().Size {
		return wrap(ErrTooLarge, "session over the size limit")
	}
	return nil
}
