// Package result is what a run of the benchmarks found, as the runner writes it and the report reads it.
package result

import (
	"time"

	"github.com/atomicsession/atomicsession/internal/race"
)

// Run is everything one run measured.
type Run struct {
	Started  time.Time     `json:"started"`
	Duration time.Duration `json:"duration"` // nanoseconds, like every duration here
	Quick    bool          `json:"quick"`    // fewer rounds, sizes and peers
	Machine  Machine       `json:"machine"`
	Versions []Version     `json:"versions"` // of servers and modules

	Races  []Race   `json:"races"`
	Cost   []Cost   `json:"cost"`
	Growth []Growth `json:"growth"`
	Sweep  []Sweep  `json:"sweep"`
}

// Machine is where the run took place.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory"` // bytes
	OS     string `json:"os"`
	Go     string `json:"go"`
}

// Version is what was measured, or measured with.
type Version struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Who is a library on a store.
type Who struct {
	Peer  string `json:"peer"`  // "atomicsession", "scs", "by hand", …; "atomicsession again" is the noise control
	Store string `json:"store"` // "memory", "SQLite", "PostgreSQL", "MariaDB", "MongoDB", "Redis"
}

// Spread is the median of several rounds and the range they lie in.
type Spread struct {
	Median float64 `json:"median"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
}

// Race is what a race of one browser's requests has found.
type Race struct {
	Who
	race.Outcome
}

// The operations of [Cost.Operation]. Those that end in [OverHTTP] were driven over real connections, for peers that cannot be
// driven otherwise, and are to be compared with each other only.
const (
	Unused    = "unused"              // the handler does not touch the session
	Read      = "read"                // one field
	Write     = "write"               // one small field
	TenWrites = "ten writes"          // ten small fields, one call after the other, as code that does not know of each other
	TenInOne  = "ten writes together" // ten small fields in one call, where the library has such a call
	OverHTTP  = " over HTTP"
)

// Cost is what a request costs.
type Cost struct {
	Who
	Operation string `json:"operation"` // one of the above
	Size      int    `json:"size"`      // bytes of the session
	Clients   int    `json:"clients"`
	Time      Spread `json:"time"`  // nanoseconds per request: wall time times one, not times clients
	Ratio     Spread `json:"ratio"` // time relative to atomicsession on the same store in the same round
	Needs
}

// Needs is what a request needs beside time; -1: not known.
type Needs struct {
	Allocs     float64 `json:"allocs"`     // not known over HTTP, where they are not the library's alone
	AllocBytes float64 `json:"allocBytes"` // likewise
	Commands   float64 `json:"commands"`   // of the store, by the server's own statistics; those of a script count
	RoundTrips float64 `json:"roundTrips"` // waits for the server
	Sent       float64 `json:"sent"`       // bytes to the store
	Received   float64 `json:"received"`   // bytes from the store
}

// Growth is how a store's cost depends on how many sessions it holds.
type Growth struct {
	Who
	Sessions        int     `json:"sessions"`
	Update          Spread  `json:"update"` // nanoseconds
	Load            Spread  `json:"load"`
	BytesPerSession float64 `json:"bytesPerSession"` // on disk or in memory
}

// Sweep is the removal of expired sessions while the store serves updates.
type Sweep struct {
	Who
	Expired  int           `json:"expired"`
	Duration time.Duration `json:"duration"`
	Update   Spread        `json:"update"` // nanoseconds per update without a sweep
	During   Spread        `json:"during"` // and beside it
}
