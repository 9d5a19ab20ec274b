package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

const (
	counter = "counter"
	ownKeys = "own keys"
)

// load is what a library is put under.
type load struct {
	think   time.Duration
	clients int
}

func loadOf(l result.Lost) load { return load{l.Think, l.Clients} }

func compareLoads(a, b load) int {
	return cmp.Or(cmp.Compare(a.think, b.think), cmp.Compare(a.clients, b.clients))
}

// keptTable is one row for each library on each store.
func keptTable(run result.Run) table {
	t := lostTable(run.Lost, counter, run.Resurrected)
	t.head = append(t.head, "back after logout")
	for i, who := range lostWhos(run.Lost, counter, run.Resurrected) {
		back := unknown
		if j := slices.IndexFunc(run.Resurrected, func(r result.Resurrected) bool { return r.Who == who }); j >= 0 {
			back = fmt.Sprintf("%d of %d", run.Resurrected[j].Back, run.Resurrected[j].Races)
		}
		t.rows[i] = append(t.rows[i], back)
	}
	return t.sparse()
}

func ownKeysTable(run result.Run) table { return lostTable(run.Lost, ownKeys, nil).sparse() }

// lostTable shows the shares kept of one variant. It has a row for everybody in also, too.
func lostTable(all []result.Lost, variant string, also []result.Resurrected) table {
	lost := keep(all, func(l result.Lost) bool { return l.Variant == variant })
	loads := distinct(lost, loadOf, compareLoads)
	t := table{texts: 2, head: []string{"store", "library"}}
	for _, l := range loads {
		t.head = append(t.head, fmt.Sprintf("%s, %s", formatClients(l.clients), formatThink(l.think)))
	}
	for _, who := range lostWhos(all, variant, also) {
		row := []string{who.Store, who.Peer}
		for _, at := range loads {
			i := slices.IndexFunc(lost, func(l result.Lost) bool { return l.Who == who && loadOf(l) == at })
			if i < 0 {
				row = append(row, unknown)
				continue
			}
			share := formatShare(lost[i].Kept, lost[i].Acknowledged)
			if lost[i].Failed > 0 {
				share += fmt.Sprintf(" (%d refused)", lost[i].Failed)
			}
			row = append(row, share)
		}
		t.rows = append(t.rows, row)
	}
	return t
}

func lostWhos(all []result.Lost, variant string, also []result.Resurrected) []result.Who {
	whos := make([]result.Who, 0, len(all)+len(also))
	for _, l := range all {
		if l.Variant == variant {
			whos = append(whos, l.Who)
		}
	}
	for _, r := range also {
		whos = append(whos, r.Who)
	}
	return distinct(whos, func(w result.Who) result.Who { return w }, compareWhos)
}

// promise is what became of the changes and sessions of atomicsession on all stores.
type promise struct {
	Each                       int // requests of each client
	Acknowledged, Kept, Failed int
	Races, Back                int
}

func ownPromise(run result.Run) promise {
	var p promise
	for _, l := range run.Lost {
		if l.Peer == ours && l.Clients > 0 {
			p.Each = (l.Acknowledged + l.Failed) / l.Clients
			p.Acknowledged += l.Acknowledged
			p.Kept += l.Kept
			p.Failed += l.Failed
		}
	}
	for _, r := range run.Resurrected {
		if r.Peer == ours {
			p.Races += r.Races
			p.Back += r.Back
		}
	}
	return p
}

// keepers names the other libraries that kept every acknowledged change of a variant, or whose sessions stayed away.
func keepers(run result.Run) []string {
	var names []string
	for _, variant := range []string{counter, ownKeys} {
		for _, who := range lostWhos(run.Lost, variant, nil) {
			lost := slices.ContainsFunc(run.Lost, func(l result.Lost) bool {
				return l.Who == who && l.Variant == variant && (l.Kept < l.Acknowledged || l.Acknowledged == 0)
			})
			if isLibrary(who.Peer) && !lost {
				names = append(names, fmt.Sprintf("%s on %s kept every change (%s)", who.Peer, who.Store, variant))
			}
		}
	}
	for _, r := range run.Resurrected {
		if isLibrary(r.Peer) && r.Back == 0 && r.Races > 0 {
			names = append(names, fmt.Sprintf("no session of %s on %s came back in %s races", r.Peer, r.Store, strconv.Itoa(r.Races)))
		}
	}
	return names
}
