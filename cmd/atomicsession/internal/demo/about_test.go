package demo

import (
	"encoding/json"
	"os"
	"regexp"
	"runtime"
	"testing"
)

// aboutProgram prints what GET /api/about answers: a test is not told the versions of its modules, a program is.
const aboutProgram = `package main

import (
	"net/http/httptest"
	"os"

	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/demo"
	"github.com/atomicsession/atomicsession/memstore"
)

func main() {
	d, err := demo.New(memstore.New(nil), demo.Options{InsecureHTTP: true, Store: "SQLite"})
	if err != nil {
		panic(err)
	}
	w := httptest.NewRecorder()
	d.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://localhost/api/about", nil))
	_, _ = w.Body.WriteTo(os.Stdout)
}
`

func TestAbout(t *testing.T) {
	answer, err := goCommand(t, "run", aboutProgram)
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	var about struct {
		Version, Go, Store, Protocol, Install string
		Lanes                                 []aboutLane
	}
	if err := json.Unmarshal(answer, &about); err != nil {
		t.Fatalf("%s: %v", answer, err)
	}
	if about.Version == "" || about.Go != runtime.Version() || about.Store != "SQLite" || about.Protocol != "HTTP/1.1" ||
		about.Install != "go get github.com/atomicsession/atomicsession" || len(about.Lanes) != len(laneIDs) {
		t.Errorf("%+v", about)
	}
	mod, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for i, module := range []string{"", "github.com/alexedwards/scs/v2", "github.com/gorilla/sessions", ""} {
		lane := about.Lanes[i]
		if lane.ID != laneIDs[i] || lane.Version == "" || lane.Name == "" || lane.Keeps == "" || lane.Setup == "" || len(lane.Code) != 5 {
			t.Errorf("%+v", lane)
		}
		if module == "" { // of this repository: a workspace has no versions
			continue
		}
		want := regexp.MustCompile(`(?m)^\t` + regexp.QuoteMeta(module) + ` (\S+)$`).FindSubmatch(mod)
		if want == nil || lane.Version != string(want[1]) {
			t.Errorf("%s is %s, in go.mod %q", module, lane.Version, want)
		}
	}
	if keeps := about.Lanes[0].Keeps; keeps != "SQLite" {
		t.Errorf("it keeps its sessions in %q", keeps)
	}
}
