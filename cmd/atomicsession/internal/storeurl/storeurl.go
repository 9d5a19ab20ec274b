// Package storeurl opens the store that a URL names, such as "sqlite:sessions.db".
package storeurl

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// Opened is an open store.
type Opened struct {
	Store driver.Store
	// Migrator makes and changes what the store keeps its sessions in; nil if there is nothing to make.
	Migrator Migrator
	// Kind is what kind of store it is, in one word, such as "SQLite".
	Kind string
	// Name says in words and one line which store it is, without a password.
	Name  string
	close func() error
	where string // for messages, "" for memory
	tls   bool
}

// Close closes the store.
func (o *Opened) Close() error { return o.close() }

// Mode says what to do about a store that holds nothing yet.
type Mode int

const (
	// Create makes what is missing.
	Create Mode = iota
	// Existing makes nothing and refuses what is not there: a mistyped name is to be told.
	Existing
	// Unprepared makes nothing and looks for nothing but the server: for the [Migrator]. There may be no Store.
	Unprepared
)

// Migrator brings a store to the layout of this program.
type Migrator interface {
	// Migrate does what is left to do.
	Migrate(ctx context.Context) error
	// Migration returns that as a script for the shell of the database, "" if nothing is left to do.
	Migration(ctx context.Context) (script string, err error)
}

// URL is the URL of a store, found to be one of a known kind and without mistakes that can be seen from afar.
type URL struct {
	// Hosts are the servers, without user and password; "" for a store without one.
	Hosts string
	kind  string // that of the scheme
	file  string // where a store without servers is
	tls   bool
	open  func(context.Context, Mode, *slog.Logger) (*Opened, error)
}

// scheme is one kind of store.
type scheme struct {
	kind  string // in one word
	names []string
	usage string // how its URLs look, on one line
	parse func(text string) (*URL, error)
}

// schemes are the kinds of stores, each in a file of its own.
var schemes = slices.Concat([]scheme{memoryScheme, sqliteScheme, sqlitedbScheme, postgresScheme, mysqlScheme, mongoScheme}, redisSchemes)

// Parse reads the URL of a store, and connects to nothing. The error is a [URLError].
func Parse(text string) (*URL, error) {
	name, _, found := strings.Cut(text, ":")
	for _, s := range schemes {
		if found && slices.Contains(s.names, name) {
			u, err := s.parse(text)
			if err == nil {
				u.kind = s.kind
			}
			return u, err
		}
	}
	if strings.Contains(text, "@") || !plainName.MatchString(name) { // it may be a password
		name = "scheme"
	}
	return nil, refuse("%s is no known kind of store; known are %s", name, strings.Join(kinds(), ", "))
}

func kinds() []string {
	var list []string
	for _, s := range schemes {
		list = append(list, s.names[0]+":")
	}
	return list
}

// Open opens the store, within the time that ctx has. What it is to be warned of goes to the logger. The error about a store is a
// [StoreError], and that about a URL, which a server may have to judge, a [URLError].
func (u *URL) Open(ctx context.Context, mode Mode, log *slog.Logger) (*Opened, error) {
	left := timeLeft(ctx)
	opened, err := u.open(ctx, mode, log)
	if err == nil {
		opened.Kind, opened.Name, opened.where, opened.tls = u.kind, driver.OneLine(opened.Name), u.Hosts+u.file, u.tls
		return opened, nil
	}
	if refused, ok := errors.AsType[*URLError](err); ok {
		return nil, refused
	}
	return nil, &StoreError{err, u.Hosts + u.file, left, u.tls}
}

// Open parses a URL and opens the store.
func Open(ctx context.Context, text string, mode Mode) (*Opened, error) {
	u, err := Parse(text)
	if err != nil {
		return nil, err
	}
	return u.Open(ctx, mode, slog.New(slog.DiscardHandler))
}

// Usage lists the forms of the known URLs, each on a new line.
func Usage() string {
	var usages strings.Builder
	for _, s := range schemes {
		usages.WriteString("\n  " + s.usage)
	}
	return usages.String()
}
