// Package figure draws tables and charts of what libraries did side by side.
package figure

import (
	"fmt"
	"slices"
	"strings"
)

// Unknown stands for what was not measured or cannot be known.
const Unknown = "–"

// Cell is a figure in a table.
type Cell struct {
	Row    [2]string // a group and a name within it
	Column string
	Text   string
}

func rowOf(c Cell) [2]string { return c.Row }
func columnOf(c Cell) string { return c.Column }

// Clients names so many clients.
func Clients(n int) string { return fmt.Sprintf("%d clients", n) }

// Bold sets a text in bold.
func Bold(s string) string { return "**" + s + "**" }

// Share writes a share in percent, and rounds none up to all or down to nothing.
func Share(part, whole int) string {
	switch {
	case whole == 0:
		return Unknown
	case part <= 0:
		return "0 %"
	case part >= whole:
		return "100 %"
	}
	return fmt.Sprintf("%.0f %%", min(99, max(1, 100*float64(part)/float64(whole))))
}

// at is the cell in a row and a column, or one that says that there is none.
func at(cells []Cell, row [2]string, column string) Cell {
	i := slices.IndexFunc(cells, func(c Cell) bool { return c.Row == row && c.Column == column })
	if i < 0 {
		return Cell{Row: row, Column: column, Text: Unknown}
	}
	return cells[i]
}

// Table writes the cells in Markdown. The head is that of the columns that a row's group and name fill; a group is named once.
func Table(head string, cells []Cell) string {
	columns := Distinct(cells, columnOf)
	head += " | " + strings.Join(columns, " | ")
	lines := []string{"| " + head + " |", "|" + strings.Repeat("---|", strings.Count(head, " | ")+1)}
	group := ""
	for _, row := range Distinct(cells, rowOf) {
		line := []string{row[0], row[1]}
		if row[0] == group {
			line[0] = ""
		}
		group = row[0]
		for _, column := range columns {
			line = append(line, at(cells, row, column).Text)
		}
		lines = append(lines, "| "+strings.Join(line, " | ")+" |")
	}
	return strings.Join(lines, "\n")
}

// Distinct is the keys of the items, each once, in the order in which they come first.
func Distinct[T any, K comparable](items []T, key func(T) K) []K {
	var keys []K
	for _, item := range items {
		if k := key(item); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}
