package report

import (
	"fmt"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/figure"
)

// span is how often a race held among the contestants whose names begin so: "3 to 8 of 50", or "50 of 50" if all are alike.
func (r Run) span(prefix, name string) string {
	low, high, of := -1, -1, 0
	for _, row := range r.Rows {
		o, ok := row.of(name)
		if !ok || o.Of == 0 || !strings.HasPrefix(row.Name, prefix) {
			continue
		}
		if low < 0 || o.Held < low {
			low = o.Held
		}
		high, of = max(high, o.Held), max(of, o.Of)
	}
	switch {
	case low < 0:
		return figure.Unknown
	case low == high:
		return fmt.Sprintf("%d of %d", low, of)
	}
	return fmt.Sprintf("%d to %d of %d", low, high, of)
}

// setups lists what was compared, with its settings, its documentation and its versions.
func (r Run) setups() string {
	var b strings.Builder
	group := ""
	for _, row := range r.Rows {
		if row.Language+row.Library != group {
			group = row.Language + row.Library
			fmt.Fprintf(&b, "\n**%s, %s**: %s. Documentation: %s\n\n", row.Library, row.Language, strings.Join(row.Versions, ", "), links(row.Documentation))
		}
		fmt.Fprintf(&b, "- %s: %s ([setup](../internal/races/setups/%s))\n", row.Variant, row.Settings, row.folder())
	}
	return strings.TrimSpace(b.String())
}

func (r Row) folder() string { return r.Name[:strings.LastIndex(r.Name, "/")] }

func links(pages []string) string {
	all := make([]string, len(pages))
	for i, page := range pages {
		all[i] = "<" + page + ">"
	}
	return strings.Join(all, ", ")
}
