package testserver

import (
	"cmp"
	"net/url"
	"testing"
)

// PostgresPair is a primary with a standby that has each commit on its disk before the primary acknowledges it.
type PostgresPair struct{ Primary, Standby *Postgres }

// NewPostgresPair starts the two for one test.
func NewPostgresPair(tb testing.TB) *PostgresPair {
	tb.Helper()
	// The standby bears the name of the cluster. Any name would do for pg_basebackup, too, which makes the next standby.
	const synchronous = "POSTGRES_SERVER_OPTIONS=-c cluster_name=pair -c synchronous_standby_names=pair"
	p := &PostgresPair{NewPostgres(tb, synchronous), NewPostgres(tb, synchronous)}
	if err := cmp.Or(p.Standby.Crash(), p.follow()); err != nil {
		tb.Fatal(err)
	}
	return p
}

// URL names both servers, and has clients look for the one that writes.
func (p *PostgresPair) URL() string {
	u, err := url.Parse(p.Primary.URL)
	if err != nil {
		panic(err) // the script has made it
	}
	u.Host += "," + p.Standby.Addr()
	u.RawQuery += "&target_session_attrs=read-write"
	return u.String()
}

// Promote kills the primary, makes the standby the primary, and then the killed server its standby, without which the new primary
// acknowledges nothing.
func (p *PostgresPair) Promote() error {
	if err := p.Primary.Kill(); err != nil {
		return err
	}
	if _, err := p.Standby.Ask("SELECT pg_promote()"); err != nil {
		return err
	}
	p.Primary, p.Standby = p.Standby, p.Primary
	return p.follow()
}

// follow has the server that is dead begin again as the standby.
func (p *PostgresPair) follow() error {
	if err := p.Standby.script("standby", p.Standby.data, p.Primary.URL); err != nil {
		return err
	}
	with, err := url.Parse(p.Primary.URL) // it has the password now
	if err != nil {
		return err
	}
	with.Host = p.Standby.Addr()
	p.Standby.URL = with.String()
	return waitUntil("the standby is synchronous", func() bool {
		state, err := p.Primary.Ask("SELECT sync_state FROM pg_stat_replication")
		return err == nil && state == "sync"
	})
}
