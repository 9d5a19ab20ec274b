package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/atomicsession/atomicsession"
)

// listed is what a list of a user's sessions prints in JSON.
type listed struct {
	Store    string          `json:"store"`
	User     string          `json:"user"`
	Sessions []listedSession `json:"sessions"`
	Complete bool            `json:"complete"` // false: there may be more
}

type listedSession struct {
	ID            string            `json:"id"`
	User          string            `json:"user"`
	Label         string            `json:"label"`
	Created       time.Time         `json:"created"`
	LastUsed      time.Time         `json:"last_used"`
	Expires       time.Time         `json:"expires"`
	Authenticated *time.Time        `json:"authenticated"` // null: not known
	Methods       []string          `json:"methods"`
	UserAgent     string            `json:"user_agent"`
	Device        map[string]string `json:"device"`
}

func newListed(info atomicsession.Info) listedSession {
	s := listedSession{
		ID: info.ID.String(), User: info.User, Label: info.Label,
		Created: info.Created, LastUsed: info.LastUsed, Expires: info.Expires,
		Methods: append([]string{}, info.Methods...), UserAgent: info.UserAgent, Device: info.Device,
	}
	if !info.Authenticated.IsZero() {
		s.Authenticated = &info.Authenticated
	}
	if s.Device == nil {
		s.Device = map[string]string{}
	}
	return s
}

// tableRows is how many rows of a table have their columns below each other: a long one is printed as it is read.
const tableRows = mostListed

func (f *sessionsFlags) list(ctx context.Context, m *atomicsession.Manager, store string) error {
	if f.inJSON {
		return f.listJSON(ctx, m, store)
	}
	table := tabwriter.NewWriter(f.env.Stdout, 0, 0, 2, ' ', 0)
	n := 0
	for info, err := range f.each(ctx, m) {
		if err != nil {
			return errors.Join(err, table.Flush())
		}
		if n == 0 {
			f.row(table, "ID", "USER", "CREATED", "SIGNED IN", "METHODS", "LAST USED", "EXPIRES", "LABEL", "USER AGENT")
		}
		f.row(table, info.ID.String(), info.User, moment(info.Created), moment(info.Authenticated), strings.Join(info.Methods, "+"),
			moment(info.LastUsed), moment(info.Expires), info.Label, info.UserAgent)
		if n++; n%tableRows == 0 {
			if err := table.Flush(); err != nil {
				return err
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	var err error
	switch {
	case n == 0 && f.everyone:
		_, err = fmt.Fprintf(f.env.Stdout, "no live sessions (%s)\n", store)
	case n == 0:
		_, err = fmt.Fprintf(f.env.Stdout, "no live sessions of user %q (%s)\n", f.user, store)
	case !f.whole(n):
		_, err = fmt.Fprintf(f.env.Stdout, "these are %d, there may be more\n", n)
	}
	return err
}

// row writes a row, in which the user stands if there are several.
func (f *sessionsFlags) row(table *tabwriter.Writer, id, user string, others ...string) {
	cells := []string{id}
	if f.everyone {
		cells = append(cells, user)
	}
	for i, cell := range append(cells, others...) {
		if i > 0 {
			fmt.Fprint(table, "\t")
		}
		fmt.Fprint(table, cmp.Or(printable(cell), "-"))
	}
	fmt.Fprintln(table)
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// listJSON writes one object about a user; about everyone one a line, as they are read.
func (f *sessionsFlags) listJSON(ctx context.Context, m *atomicsession.Manager, store string) error {
	l := listed{store, f.user, []listedSession{}, true}
	for info, err := range f.each(ctx, m) {
		if err == nil && f.everyone {
			err = writeJSON(f.env, newListed(info))
		} else if err == nil {
			l.Sessions = append(l.Sessions, newListed(info))
		}
		if err != nil {
			return err
		}
	}
	if f.everyone {
		return nil
	}
	l.Complete = f.whole(len(l.Sessions))
	return writeJSON(f.env, l)
}

// counted is what a command that tells a number prints in JSON.
type counted struct {
	Store    string     `json:"store"`
	User     string     `json:"user"`             // "": everyone
	Before   *time.Time `json:"before,omitempty"` // by when they had signed in
	DryRun   *bool      `json:"dry_run,omitempty"`
	Count    int        `json:"count"`
	Complete bool       `json:"complete"` // false: there may be more
}

// text returns the number in words.
func (c counted) text() string {
	text := count(c.Count, "session")
	if !c.Complete {
		text = "at least " + text
	}
	return text
}

// total counts.
func (f *sessionsFlags) total(ctx context.Context, m *atomicsession.Manager, store string) error {
	n, err := f.tally(ctx, m, func(atomicsession.Info) bool { return true })
	if err != nil {
		return err
	}
	c := counted{Store: store, User: f.user, Count: n, Complete: f.whole(n)}
	if f.inJSON {
		return writeJSON(f.env, c)
	}
	_, err = fmt.Fprintln(f.env.Stdout, c.text())
	return err
}

// tally counts the sessions of a kind.
func (f *sessionsFlags) tally(ctx context.Context, m *atomicsession.Manager, meant func(atomicsession.Info) bool) (n int, err error) {
	p := progress{env: f.env, what: "counted"}
	for info, err := range f.each(ctx, m) {
		if err != nil {
			return n, err
		}
		if meant(info) {
			n++
			p.add(1)
		}
	}
	return n, nil
}

// show prints a session's document.
func (f *sessionsFlags) show(ctx context.Context, m *atomicsession.Manager, store string) error {
	id, err := find(ctx, m, f.user, "--document", f.document, false)
	if err != nil {
		return err
	}
	doc, err := m.SessionDocument(ctx, f.user, id)
	if err != nil {
		return err
	}
	text := escaped(doc.Text())
	if f.inJSON {
		return writeJSON(f.env, struct {
			Store    string          `json:"store"`
			User     string          `json:"user"`
			ID       string          `json:"id"`
			Document json.RawMessage `json:"document"`
		}{store, f.user, id.String(), json.RawMessage(text)})
	}
	_, err = fmt.Fprintln(f.env.Stdout, text)
	return err
}
