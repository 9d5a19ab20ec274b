package cli

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/driver"
)

// down is a store that cannot be reached.
type down struct{ driver.Store }

func (down) Load(context.Context, time.Time, driver.Key) (driver.Record, error) {
	return driver.Record{}, driver.ErrUnavailable
}

// A command that fails says so in its one line, and logs nothing beside it.
func TestNothingIsLogged(t *testing.T) {
	var log bytes.Buffer
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(before)
	url, _ := newSQLite(t, 1)
	s := &storeFlags{url: url, timeout: defaultTimeout, wrap: func(store driver.Store) driver.Store { return down{store} }}
	err := s.with(t.Context(), Environment{Stderr: new(bytes.Buffer)}, func(m *atomicsession.Manager, _ string) error { return m.Ping(t.Context()) })
	if !errors.Is(err, driver.ErrUnavailable) || log.Len() > 0 {
		t.Errorf("%v, and the log has %s", err, &log)
	}
}
