package sqlitestore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/driver/retry"
	"github.com/atomicsession/atomicsession/sqlitestore/internal/tables"
)

// Options configure a [Store]; the zero value is the default.
type Options struct {
	// BusyTimeout is how long a change waits while other processes write to the file before it fails with
	// [driver.ErrUnavailable]; default 5 seconds. It is SQLite's busy_timeout, and bounds no more than that one wait: how long a
	// call takes in all, with its place in the queue of this process, is bounded by its context.
	BusyTimeout time.Duration
	// MaxBytes bounds the database file, but not its log. Beyond it Create and growing updates fail with [driver.ErrFull]:
	// no session is evicted. Default: no bound but the disk.
	MaxBytes int64
}

const (
	defaultBusyTimeout = 5 * time.Second
	pageSize           = 4096
	cacheKiB           = 8 << 10 // per connection
	// checkpointPages is how long the log grows before it is copied into the database: 16 MiB. Pages that change often
	// are copied once for many commits.
	checkpointPages = 4000
	// maxPath is the longest name of a file, a little below the 1024 bytes at which the driver panics.
	maxPath = 1000
)

// Store is a [driver.Store], [driver.Finder], [driver.FieldLoader] and [driver.Sweeper]. It is safe for concurrent use.
//
// It holds one connection for writing, which a goroutine of its own uses, and a few for reading, which work in parallel
// and wait for nobody who writes. Each takes about 10 MB of memory once its cache is full.
type Store struct {
	file     *file
	sessions *tables.Store
}

// file is a database file that is open.
type file struct {
	writer  *writer
	readers chan *conn
	close   func() error
}

var (
	_ driver.Store       = (*Store)(nil)
	_ driver.Finder      = (*Store)(nil)
	_ driver.FieldLoader = (*Store)(nil)
	_ driver.Sweeper     = (*Store)(nil)
)

// Open opens the database file at path and creates it if it does not exist, but not its directory. It brings the layout
// of an older version up to date. A file that is not a database of this package is refused and left alone, and so is one
// of a newer version ([driver.ErrLayout]). opts may be nil; a negative one is an error. ctx bounds the opening alone; [Store.Close] ends
// what it started.
//
// Expired sessions are never returned, but take room until [Store.Sweep] is called, by a session manager for instance.
func Open(ctx context.Context, path string, opts *Options) (*Store, error) {
	o := *cmp.Or(opts, &Options{})
	switch {
	case o.BusyTimeout < 0:
		return nil, errors.New("sqlitestore: BusyTimeout: must not be negative")
	case o.MaxBytes < 0:
		return nil, errors.New("sqlitestore: MaxBytes: must not be negative")
	}
	s, err := open(ctx, path, o, defaultBatch)
	if err != nil {
		err = explain(ctx, err)
		return nil, retry.Shown(nil, fmt.Sprintf("sqlitestore: open %s: %v", path, err), err)
	}
	return s, nil
}

func open(ctx context.Context, path string, opts Options, batch int) (_ *Store, err error) {
	if path == "" || strings.Contains(path, "\x00") {
		return nil, fmt.Errorf("%w: not a file name", driver.ErrUnavailable)
	}
	if path, err = filepath.Abs(path); err != nil { // later changes of the working directory must not matter
		return nil, fmt.Errorf("%w: %w", driver.ErrUnavailable, err)
	}
	if len(path) > maxPath {
		return nil, fmt.Errorf("%w: file name of more than %d bytes", driver.ErrUnavailable, maxPath)
	}
	opts.BusyTimeout = cmp.Or(opts.BusyTimeout, defaultBusyTimeout)
	var conns []*conn
	defer func() {
		if err != nil {
			err = errors.Join(err, closeAll(conns))
		}
	}()
	readers := min(max(2, runtime.GOMAXPROCS(0)), 4)
	for i := range readers + 1 {
		c, err := openConn(ctx, path, opts.BusyTimeout)
		if err != nil {
			return nil, err
		}
		conns = append(conns, c)
		c.SetInterrupt(ctx)
		if i == 0 {
			err = c.prepareWriter(ctx, opts)
		} else {
			err = c.Exec(fmt.Sprintf("PRAGMA query_only = on; PRAGMA temp_store = memory; PRAGMA cache_size = -%d", cacheKiB))
		}
		c.SetInterrupt(context.Background())
		if err != nil {
			return nil, err
		}
	}
	return start(conns[0], conns[1:], batch), nil
}

func (c *conn) prepareWriter(ctx context.Context, opts Options) error {
	if err := c.setUp(ctx, opts.BusyTimeout); err != nil {
		return err
	}
	if opts.MaxBytes > 0 {
		if err := c.Exec(fmt.Sprintf("PRAGMA max_page_count = %d", max(1, opts.MaxBytes/pageSize))); err != nil {
			return err
		}
	}
	// fast would leave what long values had in pages of their own
	return c.Exec(fmt.Sprintf(`PRAGMA synchronous = full; PRAGMA secure_delete = on; PRAGMA temp_store = memory; PRAGMA cache_size = -%d;
		PRAGMA wal_autocheckpoint = %d; PRAGMA journal_size_limit = %d`, cacheKiB, checkpointPages, 4*checkpointPages*pageSize))
}

// start returns the store that works with the connections and closes them in the end.
func start(write *conn, read []*conn, batch int) *Store {
	closing, beginClosing := context.WithCancel(context.Background())
	f := &file{
		writer:  newWriter(closing, write, batch),
		readers: make(chan *conn, len(read)),
	}
	for _, c := range read {
		f.readers <- c
	}
	f.close = sync.OnceValue(func() error {
		beginClosing()
		<-f.writer.stopped
		conns := []*conn{write}
		for range read {
			conns = append(conns, <-f.readers)
		}
		return explain(context.Background(), closeAll(conns))
	})
	return &Store{f, tables.New(f, "")}
}

// closeAll closes the connections, the first one last: it is the writer, which leaves a tidy file behind.
func closeAll(conns []*conn) error {
	var errs []error
	for _, c := range slices.Backward(conns) {
		errs = append(errs, c.close())
	}
	return errors.Join(errs...)
}

// Close ends the store: it waits for the calls that are being carried out, and all others fail with an error matching
// [driver.ErrUnavailable].
func (s *Store) Close() error { return s.file.close() }

// Read implements [tables.Database]: it calls read with one of the connections for that.
func (f *file) Read(ctx context.Context, read func(tables.Conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	var c *conn
	select {
	case c = <-f.readers:
	case <-ctx.Done():
		return ctx.Err()
	case <-f.writer.closing.Done():
		return errClosed
	}
	defer func() { f.readers <- c }()
	c.SetInterrupt(ctx)
	defer c.SetInterrupt(context.Background())
	return explain(ctx, read(c))
}
