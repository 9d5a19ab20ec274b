package report

import "strings"

// table is a table in Markdown: the first columns are texts, the others figures.
type table struct {
	texts int
	head  []string
	rows  [][]string
}

// String writes the table without a line break at its end.
func (t table) String() string {
	var b strings.Builder
	line := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(t.head)
	b.WriteString("|" + strings.Repeat("---|", t.texts) + strings.Repeat("--:|", len(t.head)-t.texts) + "\n")
	for _, row := range t.rows {
		line(row)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// sparse leaves out the texts at the beginning of a row that the row above has too, so that groups are seen.
func (t table) sparse() table {
	rows := make([][]string, len(t.rows))
	for i, row := range t.rows {
		rows[i] = append([]string(nil), row...)
		for j := 0; i > 0 && j < t.texts-1 && row[j] == t.rows[i-1][j]; j++ {
			rows[i][j] = ""
		}
	}
	t.rows = rows
	return t
}
