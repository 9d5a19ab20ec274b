package demo

import (
	"net/http"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/lanes"
)

const module = "github.com/atomicsession/atomicsession"

// aboutLane is what GET /api/about says of a contestant.
type aboutLane struct {
	ID      string                `json:"id"`
	Name    string                `json:"name"`
	Version string                `json:"version"`
	Keeps   string                `json:"keeps"`
	Setup   string                `json:"setup"`
	Code    map[lanes.Loss]string `json:"code"`
}

func (d *Demo) about(_ http.ResponseWriter, r *http.Request) (any, error) {
	list, err := d.aboutLanes()
	return map[string]any{
		"version": moduleVersions()[module], "go": runtime.Version(), "store": d.store, "protocol": r.Proto,
		"install": "go get " + module, "lanes": list,
	}, err
}

// describeLanes parses the source of the contestants for the code that they show.
func (d *Demo) describeLanes() ([]aboutLane, error) {
	versions := moduleVersions()
	list := make([]aboutLane, len(lanes.Contestants))
	for i, c := range lanes.Contestants {
		source, err := c.Source()
		if err != nil {
			return nil, err
		}
		list[i] = aboutLane{c.ID, c.Name, versions[c.Module], c.Keeps, source.Setup, source.Handlers}
		if list[i].Keeps == "" {
			list[i].Keeps = d.store
		}
	}
	return list, nil
}

// moduleVersions are the versions of the modules that this program was built of.
var moduleVersions = sync.OnceValue(func() map[string]string {
	versions := make(map[string]string)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			versions[m.Path] = m.Version
		}
	}
	return versions
})
