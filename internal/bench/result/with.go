package result

import "slices"

// With returns r with what an earlier run has found on other stores than these, which r has measured anew, in the order of all stores; and
// with all that it has found of what r has not measured at all.
func (r Run) With(earlier Run, these, all []string) Run {
	r.Duration += earlier.Duration
	r.Versions = Merged(r.Versions, earlier.Versions)
	r.Races = with(r.Races, earlier.Races, these, all)
	r.Cost = with(r.Cost, earlier.Cost, these, all)
	r.Growth = with(r.Growth, earlier.Growth, these, all)
	r.Sweep = with(r.Sweep, earlier.Sweep, these, all)
	return r
}

// Merged adds the versions of what is not among the known.
func Merged(known, versions []Version) []Version {
	for _, v := range versions {
		if !slices.ContainsFunc(known, func(k Version) bool { return k.Name == v.Name }) {
			known = append(known, v)
		}
	}
	return known
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
