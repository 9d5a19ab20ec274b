package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// checkedWriter remembers the first error: a full disk must not look like success.
type checkedWriter struct {
	w   io.Writer
	err error
}

func (c *checkedWriter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.err = err
	return n, err
}

// writeJSON writes v on one line.
func writeJSON(env Environment, v any) error {
	e := json.NewEncoder(env.Stdout)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// escaped returns JSON with what a terminal could take for a command as escapes, which mean the same.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

// progress tells whoever waits how far a command is, once in a while.
type progress struct {
	env  Environment
	what string // "ended"
	n    int
	next time.Time
}

// progressEvery is how long it says nothing.
var progressEvery = 2 * time.Second

func (p *progress) add(n int) {
	now := time.Now()
	if p.next.IsZero() {
		p.next = now.Add(progressEvery)
	}
	if p.n += n; p.env.Terminal && !now.Before(p.next) {
		fmt.Fprintf(p.env.Stderr, "%s so far: %d\n", p.what, p.n)
		p.next = now.Add(progressEvery)
	}
}

// printable replaces what a terminal could take for a command: a text may come from a client.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return utf8.RuneError
		}
		return r
	}, text)
}
