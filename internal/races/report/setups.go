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
		c := row.contestant
		if c.Language+c.Library != group {
			group = c.Language + c.Library
			fmt.Fprintf(&b, "\n**%s** ([code](%s)): %s. Documentation: %s\n\n",
				c.Library, "../"+c.Code(), strings.Join(row.Versions, ", "), links(c.Documentation))
		}
		fmt.Fprintf(&b, "- %s: %s\n", c.Variant.Name, c.Settings)
	}
	return strings.TrimSpace(b.String())
}

func links(pages []string) string {
	all := make([]string, len(pages))
	for i, page := range pages {
		all[i] = "<" + page + ">"
	}
	return strings.Join(all, ", ")
}
