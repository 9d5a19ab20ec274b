// Package storeurl opens the store that a URL names, such as "sqlite:sessions.db".
package storeurl

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/driver"
)

// Opened is an open store.
type Opened struct {
	Store driver.Store
	// Name says in words which store it is, without a password.
	Name  string
	close func() error
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
)

// scheme is one kind of store.
type scheme struct {
	names []string
	usage string // how its URLs look, on one line
	open  func(ctx context.Context, url string, mode Mode) (*Opened, error)
}

// schemes are the kinds of stores, each in a file of its own.
var schemes = slices.Concat([]scheme{memoryScheme, sqliteScheme, postgresScheme, mongoScheme}, redisSchemes)

// Open opens the store that url names. The error of an unknown scheme lists the known ones.
func Open(ctx context.Context, url string, mode Mode) (*Opened, error) {
	name, _, found := strings.Cut(url, ":")
	for _, s := range schemes {
		if found && slices.Contains(s.names, name) {
			return s.open(ctx, url, mode)
		}
	}
	return nil, fmt.Errorf("unknown store %q; known are%s", name, Usage())
}

// Usage lists the forms of the known URLs, each on a new line.
func Usage() string {
	var usages strings.Builder
	for _, s := range schemes {
		usages.WriteString("\n  " + s.usage)
	}
	return usages.String()
}
