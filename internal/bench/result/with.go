package result

import "slices"

// With returns r with what an earlier run has found on other stores than these, which r has measured anew, in the order of all stores; and
// with all that it has found of what r has not measured at all.
func (r Run) With(earlier Run, these, all []string) Run {
	r.Duration += earlier.Duration
	for _, v := range earlier.Versions {
		if !slices.ContainsFunc(r.Versions, func(known Version) bool { return known.Name == v.Name }) {
			r.Versions = append(r.Versions, v)
		}
	}
	r.Races = with(r.Races, earlier.Races, these, all)
	r.Cost = with(r.Cost, earlier.Cost, these, all)
	r.Growth = with(r.Growth, earlier.Growth, these, all)
	r.Sweep = with(r.Sweep, earlier.Sweep, these, all)
	return r
}

func (w Who) where() string { return w.Store }

func with[T interface{ where() string }](now, earlier []T, these, all []string) []T {
	if len(now) == 0 {
		return earlier
	}
	place := func(row T) int { return slices.Index(all, row.where()) }
	rows := slices.DeleteFunc(slices.Clone(earlier), func(row T) bool { return slices.Contains(these, row.where()) })
	rows = append(rows, now...)
	slices.SortStableFunc(rows, func(a, b T) int { return place(a) - place(b) })
	return rows
}
