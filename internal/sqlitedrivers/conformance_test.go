package sqlitedrivers

import (
	"testing"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/drivertest"
	"github.com/atomicsession/atomicsession/drivertest/linearizable"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestConformance: the package itself has the whole suite over ncruces' driver.
func TestConformance(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		storetest.Again(t, func(tb testing.TB) (a, b driver.Store) { return d.both(tb, wal) })
	})
}

func FuzzDifferential(f *testing.F) {
	drivertest.Fuzz(f, func(tb testing.TB) (a, b driver.Store) { return modernc.both(tb, wal) })
}

// TestSettings has databases and pools of all kinds that an application may have opened.
func TestSettings(t *testing.T) {
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		for name, o := range map[string]settings{
			"full":            {busy: 5000, pragmas: []string{"journal_mode=wal", "synchronous=full", "foreign_keys=on", "recursive_triggers=on"}},
			"delete":          {busy: 5000, pragmas: []string{"journal_mode=delete", "secure_delete=off", "foreign_keys=off"}},
			"one connection":  {busy: 5000, conns: 1},
			"no busy_timeout": {busy: 0, pragmas: []string{"journal_mode=wal"}},
			"immediate":       {busy: 5000, params: []string{"_txlock=immediate"}, pragmas: []string{"recursive_triggers=on"}},
		} {
			t.Run(name, func(t *testing.T) {
				updates := 30
				if storetest.All() {
					updates = 1000
				}
				open := func(tb testing.TB) (a, b driver.Store) { return d.both(tb, o) }
				drivertest.Random(t, open, updates)
				a, b := open(t)
				storetest.Works(t, a)
				storetest.Works(t, b)
			})
		}
	})
}

// TestLinearizable has several processes use one database.
func TestLinearizable(t *testing.T) {
	histories := 10
	if storetest.All() {
		histories = 500
	}
	eachDriver(t, func(t *testing.T, d sqlDriver) {
		linearizable.Run(t, linearizable.Store{
			Start:   func(tb testing.TB) string { return newFile(tb) },
			Connect: func(tb testing.TB, file string) driver.Store { return store(tb, d.open(tb, file, wal), nil) },
		}, &linearizable.Options{Histories: histories})
	})
}
