package report

import (
	"fmt"
	"strings"
)

// setups lists what was compared, with its settings, its documentation and its versions.
func (r Run) setups() string {
	var b strings.Builder
	group := ""
	for _, row := range r.Rows {
		if row.Language+row.Library != group {
			group = row.Language + row.Library
			fmt.Fprintf(&b, "\n**%s, %s**: %s. Documentation: %s\n\n",
				row.Library, row.Language, strings.Join(row.Versions, ", "), links(row.Documentation))
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
