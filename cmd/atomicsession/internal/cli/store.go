package cli

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
	"github.com/atomicsession/atomicsession/driver"
)

const (
	storeVariable  = "ATOMICSESSION_STORE"
	defaultTimeout = 5 * time.Second
	maxStoreFile   = 64 << 10
)

// storeFlags say which store is meant, and how long it may take.
type storeFlags struct {
	url, file string
	timeout   time.Duration
	wrap      func(driver.Store) driver.Store // what is done to the store, if anything
}

// given sets a flag that names something. One without a value, as by the name of a variable that is not set, is a mistake, and not a
// wish for the default.
func given(to *string, what string) func(string) error {
	return func(text string) error {
		if *to = text; strings.TrimSpace(text) == "" {
			return errors.New("it names no " + what)
		}
		return nil
	}
}

// defineStore defines the flags.
func defineStore(flags *flag.FlagSet) *storeFlags {
	s := &storeFlags{timeout: defaultTimeout}
	flags.Func("store", "the `URL` of the store, see below", given(&s.url, "store"))
	flags.Func("store-file", "the `FILE` that holds the URL on its one line; - is standard input", given(&s.file, "store"))
	flags.DurationVar(&s.timeout, "timeout", defaultTimeout, "how long to wait for each answer of the server: a `DURATION`")
	return s
}

// choose returns the URL that the command line or the variable names, "" if neither does.
func (s *storeFlags) choose(ctx context.Context, env Environment) (string, error) {
	switch {
	case s.timeout <= 0:
		return "", misused("--timeout is not above zero")
	case s.url != "" && s.file != "":
		return "", misused("--store and --store-file exclude each other")
	case s.file != "":
		return readStoreFile(ctx, s.file, env)
	case s.url != "":
		return strings.TrimSpace(s.url), nil
	case env.Getenv != nil:
		return strings.TrimSpace(env.Getenv(storeVariable)), nil
	}
	return "", nil
}

// readStoreFile returns the line of a file, for which it waits as long as ctx lasts. Its errors hold nothing of what the file does.
func readStoreFile(ctx context.Context, name string, env Environment) (string, error) {
	if strings.Contains(name, "://") { // with a password, perhaps
		return "", misused("--store-file takes the name of a file, and --store the URL")
	}
	text, err := await(ctx, func() ([]byte, error) { // a terminal or a named pipe
		source := env.Stdin
		if name != "-" {
			f, err := os.Open(name)
			if err != nil {
				return nil, err
			}
			defer f.Close()
			source = f
		}
		return io.ReadAll(io.LimitReader(source, maxStoreFile+1))
	})
	if err != nil {
		return "", fmt.Errorf("--store-file: %w", withheld(err))
	}
	line := strings.TrimSpace(string(text))
	if line == "" || len(text) > maxStoreFile || strings.ContainsAny(line, "\r\n") {
		switch {
		case name == "-":
			name = "standard input"
		case strings.Contains(name, "@"):
			name = "the file"
		}
		return "", misused("--store-file: %s does not hold one line with a URL", name)
	}
	return line, nil
}

// withheld returns err without the name of a file that may be what is left of a URL with a password.
func withheld(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok && strings.Contains(e.Path, "@") {
		return fmt.Errorf("cannot %s the file: %w", e.Op, e.Err)
	}
	return err
}

// logger is for warnings, such as of a server that evicts sessions.
func logger(env Environment) *slog.Logger { return slog.New(slog.NewTextHandler(env.Stderr, nil)) }

// open opens the store of the URL, and says so to whoever waits for a server.
func (s *storeFlags) open(ctx context.Context, text string, mode storeurl.Mode, env Environment, log *slog.Logger) (*storeurl.Opened, error) {
	u, err := storeurl.Parse(text)
	if err != nil {
		return nil, err
	}
	if env.Terminal && u.Hosts != "" {
		fmt.Fprintf(env.Stderr, "connecting to %s…\n", storeurl.Cut(u.Hosts, 70))
	}
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	return u.Open(ctx, mode, log)
}

// with opens a store that exists already, and gives f a manager of its sessions, and the store's name.
func (s *storeFlags) with(ctx context.Context, env Environment, f func(m *atomicsession.Manager, store string) error) error {
	return s.withOpened(ctx, env, storeurl.Existing, func(opened *storeurl.Opened) error {
		store := opened.Store
		if s.wrap != nil {
			store = s.wrap(store)
		}
		silent := slog.New(slog.DiscardHandler) // what fails is what the command says
		m, err := atomicsession.New(store, &atomicsession.Options{StoreTimeout: s.timeout, Logger: silent})
		if err != nil {
			return err
		}
		return f(m, opened.Name)
	})
}

// withOpened opens the store that the flags name, and gives it to f.
func (s *storeFlags) withOpened(ctx context.Context, env Environment, mode storeurl.Mode, f func(*storeurl.Opened) error) (err error) {
	text, err := s.choose(ctx, env)
	if err != nil {
		return err
	}
	if text == "" {
		return misused("name a store with --store URL, --store-file FILE or the variable %s", storeVariable)
	}
	opened, err := s.open(ctx, text, mode, env, logger(env))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	return opened.Explain(f(opened), s.timeout)
}
