package result_test

import (
	"reflect"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

func TestWith(t *testing.T) {
	lost := func(store string, kept int) result.Lost {
		return result.Lost{Who: result.Who{Store: store}, Kept: kept}
	}
	earlier := result.Run{
		Duration: time.Minute, Versions: []result.Version{{Name: "a", Version: "1"}, {Name: "b", Version: "1"}},
		Lost: []result.Lost{lost("memory", 1), lost("Redis", 1), lost("Redis", 2)},
	}
	now := result.Run{Duration: time.Second, Versions: []result.Version{{Name: "b", Version: "2"}}, Lost: []result.Lost{lost("Redis", 3), lost("MariaDB", 4)}}
	got := now.With(earlier, []string{"MariaDB", "Redis"}, []string{"memory", "MariaDB", "Redis"})
	want := result.Run{
		Duration: time.Minute + time.Second, Versions: []result.Version{{Name: "b", Version: "2"}, {Name: "a", Version: "1"}},
		Lost: []result.Lost{lost("memory", 1), lost("MariaDB", 4), lost("Redis", 3)},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v\nwant\n%+v", got, want)
	}
}
