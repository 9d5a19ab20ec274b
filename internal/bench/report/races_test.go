package report

import (
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
)

func TestRacesTable(t *testing.T) {
	outcome := func(name string, clients, ms, held, of, refused int) result.Race {
		return result.Race{Who: result.Who{Peer: "a", Store: "Redis"}, Outcome: race.Outcome{
			Race: name, Clients: clients, Work: time.Duration(ms) * time.Millisecond, Held: held, Of: of, Refused: refused,
		}}
	}
	got := racesTable([]result.Race{
		outcome(race.Counter, 2, 0, 9, 9, 0),
		outcome(race.Counter, 6, 5, 6, 9, 3),
		outcome(race.Counter, 32, 0, 0, 0, 9),
		outcome(race.OwnKeys, 64, 0, 0, 9, 0),
		outcome(race.Logout, 0, 40, 5, 5, 0),
		outcome(race.SignIn, 4, 10, 2, 5, 0),
	}, race.Counter)
	if want := `
| store | library | 2 clients, 0 ms | 6 clients, 5 ms | 32 clients, 0 ms |
|---|---|---|---|---|
| Redis | a | **100 %** | 67 % (3 refused) | – (9 refused) |`; got != want[1:] {
		t.Errorf("got\n%s", got)
	}
}
