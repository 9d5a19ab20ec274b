package report

import (
	"fmt"
	"slices"
	"strings"
)

// cell is a figure in a table or a chart.
type cell struct {
	row    [2]string // a group and a name within it
	column string
	text   string
	length float64 // of its bar in a chart, 0 to 1
}

func rowOf(c cell) [2]string { return c.row }
func columnOf(c cell) string { return c.column }
func clients(n int) string   { return fmt.Sprintf("%d clients", n) }
func bold(s string) string   { return "**" + s + "**" }

// at is the cell in a row and a column, or one that says that there is none.
func at(cells []cell, row [2]string, column string) cell {
	i := slices.IndexFunc(cells, func(c cell) bool { return c.row == row && c.column == column })
	if i < 0 {
		return cell{row: row, column: column, text: unknown}
	}
	return cells[i]
}

// table writes the cells in Markdown. The head is that of the columns that a row's group and name fill; a group is named once.
func table(head string, cells []cell) string {
	columns := distinct(cells, columnOf)
	head += " | " + strings.Join(columns, " | ")
	lines := []string{"| " + head + " |", "|" + strings.Repeat("---|", strings.Count(head, " | ")+1)}
	group := ""
	for _, row := range distinct(cells, rowOf) {
		line := []string{row[0], row[1]}
		if row[0] == group {
			line[0] = ""
		}
		group = row[0]
		for _, column := range columns {
			line = append(line, at(cells, row, column).text)
		}
		lines = append(lines, "| "+strings.Join(line, " | ")+" |")
	}
	return strings.Join(lines, "\n")
}

// distinct is the keys of the items, each once, in the order in which they come first.
func distinct[T any, K comparable](items []T, key func(T) K) []K {
	var keys []K
	for _, item := range items {
		if k := key(item); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	return keys
}

// keep is the items that match.
func keep[T any](items []T, match func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(items), func(item T) bool { return !match(item) })
}
