package result

import (
	"reflect"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/race"
)

func TestWith(t *testing.T) {
	held := func(store string, held int) Race { return Race{Who{Store: store}, race.Outcome{Held: held}} }
	sweeps := []Sweep{{Expired: 1}}
	earlier := Run{
		Duration: time.Minute, Versions: []Version{{"a", "1"}, {"b", "1"}}, Sweep: sweeps,
		Races: []Race{held("memory", 1), held("Redis", 1), held("Redis", 2)},
	}
	now := Run{Duration: time.Second, Versions: []Version{{"b", "2"}}, Races: []Race{held("Redis", 3), held("MariaDB", 4)}}
	got := now.With(earlier, []string{"Redis", "MariaDB"}, []string{"memory", "MariaDB", "Redis"})
	want := Run{
		Duration: time.Minute + time.Second, Versions: []Version{{"b", "2"}, {"a", "1"}}, Sweep: sweeps,
		Races: []Race{held("memory", 1), held("MariaDB", 4), held("Redis", 3)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
