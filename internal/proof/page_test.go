package proof

import (
	"bytes"
	"cmp"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"testing"
	"text/template"
)

// results are what was seen, and what docs/proof.md tells.
type results struct {
	Histories []row        `json:"histories"`
	Tokens    []tokenRow   `json:"tokens"`
	Planted   []plantedRow `json:"planted"`
}

// plantedRow is a fault that was put into a store, and how it was found.
type plantedRow struct {
	Fault     string  `json:"fault"`
	Store     string  `json:"store"`
	Harm      string  `json:"harm"`   // in which it was found; "": none
	Sample    int     `json:"sample"` // which one has found it: the rest is about that
	Histories int     `json:"histories"`
	Calls     int     `json:"calls"`
	Smallest  int     `json:"smallest"` // operations of the smallest history
	Seconds   float64 `json:"seconds"`
}

// HistoriesTotal returns how many histories were judged.
func (r *results) HistoriesTotal() (n int) {
	for _, h := range r.Histories {
		n += h.Histories
	}
	return n
}

// CallsTotal returns how many calls they were made of.
func (r *results) CallsTotal() (n int) {
	for _, h := range r.Histories {
		n += h.Calls
	}
	return n
}

// Memory returns what the client and the server had, if there is one.
func (t tokenRow) Memory() string {
	if t.MemoryAtEnd == 0 {
		return ""
	}
	text := fmt.Sprintf("%d, %d", t.MemoryAtTenth>>20, t.MemoryAtEnd>>20)
	if t.ServerAtEnd > 0 {
		text += fmt.Sprintf("; %d, %d", t.ServerAtTenth>>20, t.ServerAtEnd>>20)
	}
	return text
}

const (
	resultsFile = "results.json"
	pageFile    = "../../docs/proof.md"
)

//go:embed proof.md.tmpl
var pageTemplate string

// page returns docs/proof.md.
func (r *results) page() (string, error) {
	t, err := template.New("page").Parse(pageTemplate)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, r)
	return b.String(), err
}

// write puts what was seen in the place of what was there about the same, and writes docs/proof.md.
func (r *results) write() error {
	all, err := readResults()
	if err != nil {
		return err
	}
	all.Histories = replace(all.Histories, r.Histories, func(h row) string { return h.Store + "/" + h.Harm })
	all.Tokens = replace(all.Tokens, r.Tokens, func(t tokenRow) string { return t.Store + "/" + t.Fault })
	all.Planted = replace(all.Planted, r.Planted, func(p plantedRow) string { return p.Store + "/" + p.Fault })
	slices.SortStableFunc(all.Histories, func(a, b row) int { return cmp.Compare(place(a.Store, a.Harm), place(b.Store, b.Harm)) })
	slices.SortStableFunc(all.Tokens, func(a, b tokenRow) int { return cmp.Compare(place(a.Store, ""), place(b.Store, "")) })
	slices.SortStableFunc(all.Planted, func(a, b plantedRow) int { return cmp.Compare(place(a.Store, ""), place(b.Store, "")) })
	text, err := json.MarshalIndent(all, "", "\t")
	if err != nil {
		return err
	}
	page, err := all.page()
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(resultsFile, append(text, '\n'), 0o644), os.WriteFile(pageFile, []byte(page), 0o644))
}

// place returns where a row about a store and its harm stands among others: as in targets.
func place(store, harm string) int {
	i := slices.IndexFunc(targets, func(g target) bool { return g.name == store })
	if i < 0 {
		return len(targets) * 100
	}
	j := slices.IndexFunc(targets[i].nemeses, func(n nemesis) bool { return n.name == harm })
	return i*100 + j + 1
}

// replace returns the old rows with the new ones of the same name in their places, and the others behind them.
func replace[R any](old, rows []R, name func(R) string) []R {
	for _, r := range rows {
		i := slices.IndexFunc(old, func(o R) bool { return name(o) == name(r) })
		if i < 0 {
			old = append(old, r)
		} else {
			old[i] = r
		}
	}
	return old
}

func readResults() (r results, err error) {
	text, err := os.ReadFile(resultsFile)
	if err != nil {
		return results{}, err
	}
	return r, json.Unmarshal(text, &r)
}

// TestPage compares docs/proof.md with what was seen.
func TestPage(t *testing.T) {
	if *write {
		return // it is about to be written
	}
	r, err := readResults()
	if err != nil {
		t.Fatal(err)
	}
	want, err := r.page()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(pageFile); string(got) != want || err != nil {
		t.Errorf("docs/proof.md does not tell what %s holds (error: %v): go test ./internal/proof -run=TestPage -write", resultsFile, err)
	}
}
