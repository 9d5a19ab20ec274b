package demo

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var record = flag.Bool("record", false, "write the race that TestPageRecord runs into page/recorded.json")

// recordedRun is page/recorded.json: what the page shows before the first press, and what the README's picture is made from.
type recordedRun struct {
	Recorded string         `json:"recorded"`
	Clients  int            `json:"clients"`
	Work     int            `json:"work"`
	Requests int            `json:"requests"`
	Store    string         `json:"store"`
	Protocol string         `json:"protocol"`
	Lanes    []recordedLane `json:"lanes"`
}

type recordedLane struct {
	ID           string          `json:"id"`
	Name         string          `json:"name"`
	Version      string          `json:"version"`
	Acknowledged int             `json:"acknowledged"`
	Left         int             `json:"left"`
	Blocks       []recordedBlock `json:"blocks"`
}

type recordedBlock struct {
	Row  int     `json:"row"`
	From float64 `json:"from"`
	To   float64 `json:"to"`
	N    int     `json:"n"`
	Kept bool    `json:"kept"`
}

// TestPageRecord runs the race that is kept in page/recorded.json, and holds both to the same rules. To record another one:
//
//	go test ./internal/demo -run TestPageRecord -record
func TestPageRecord(t *testing.T) {
	t.Parallel()
	server, _ := serveOptions(t, openSQLite(t), Options{Store: "SQLite"})
	p := openTab(t, startBrowser(t), server.URL)
	p.choose("clients", "6")
	p.choose("work", "50")
	p.race()
	if *record { // the second one counts: its connections are open
		p.race()
	}
	run := eval[recordedRun](p, `import("/race.js").then(({ lastRun }) => ({ recorded: new Date().toISOString().slice(0, 10), ...lastRun() }))`,
		chromedp.EvalAwaitPromise)
	run.check(t)
	if *record {
		run.complete(t)
		text, err := json.Marshal(run)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("page/recorded.json", append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("page/recorded.json")
	if err != nil {
		t.Fatal(err)
	}
	var kept recordedRun
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	kept.check(t)
}

// complete adds the versions, which a test's binary does not know.
func (r recordedRun) complete(t *testing.T) {
	t.Helper()
	for i, module := range []string{1: "github.com/alexedwards/scs/v2", 2: "github.com/gorilla/sessions"} {
		if module == "" { // the one of this tree
			continue
		}
		out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Version}}", module).Output()
		if err != nil {
			t.Fatal(err)
		}
		r.Lanes[i].Version = strings.TrimSpace(string(out))
	}
}

func (r recordedRun) check(t *testing.T) {
	t.Helper()
	if r.Recorded == "" || r.Clients != 6 || r.Work != 50 || r.Requests != 50 || r.Store == "" || len(r.Lanes) != len(laneIDs) {
		t.Errorf("recorded on %q: %d clients, %d ms, %d requests, store %q, %d lanes", r.Recorded, r.Clients, r.Work, r.Requests, r.Store, len(r.Lanes))
	}
	for _, lane := range r.Lanes {
		solid := 0
		for _, block := range lane.Blocks {
			if block.Kept {
				solid++
			}
			if block.From >= block.To || block.Row < 0 || block.Row >= r.Clients {
				t.Errorf("%s: %+v", lane.ID, block)
			}
		}
		if len(lane.Blocks) != lane.Acknowledged || solid != lane.Left || lane.Acknowledged != r.Requests {
			t.Errorf("%s: %d acknowledged, %d left, %d blocks, %d of them solid", lane.ID, lane.Acknowledged, lane.Left, len(lane.Blocks), solid)
		}
		if lost := lane.Acknowledged - lane.Left; (lost == 0) != (lane.ID == "atomicsession") && lane.ID != "bridge" {
			t.Errorf("%s lost %d", lane.ID, lost)
		}
	}
}
