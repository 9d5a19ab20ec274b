package demo

import (
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The keys of which the page speaks.
const pageKeys = `package snippets

import (
	"context"
	"time"

	"github.com/atomicsession/atomicsession"
)

var (
	Visits = atomicsession.NewCounter("visits")
	Tea    = atomicsession.NewCounter("tea")
	Orders = atomicsession.NewCounter("orders")
	Seen   = atomicsession.NewKey[time.Time]("seen")
	Flash  = atomicsession.NewKey[string]("flash")
)

`

// TestPageCode compiles the Go that the page shows.
func TestPageCode(t *testing.T) {
	page, err := os.ReadFile("page/index.html")
	if err != nil {
		t.Fatal(err)
	}
	var source strings.Builder
	source.WriteString(pageKeys)
	n := 0
	for _, m := range regexp.MustCompile(`<code>([^<]*\bs[.,)][^<]*)</code>`).FindAllSubmatch(page, -1) {
		code := html.UnescapeString(string(m[1]))
		n++
		source.WriteString("func _(ctx context.Context, sessions *atomicsession.Manager, s *atomicsession.Session) {\n\t" + code + "\n")
		for _, name := range []string{"text", "ok", "list", "err"} {
			if before, _, declares := strings.Cut(code, ":="); declares && strings.Contains(before, name) {
				source.WriteString("\t_ = " + name + "\n")
			}
		}
		source.WriteString("}\n\n")
	}
	if n < 6 {
		t.Errorf("the page shows %d pieces of code, want all of them", n)
	}
	dir := t.TempDir()
	file, overlay := filepath.Join(dir, "snippets.go"), filepath.Join(dir, "overlay.json")
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(here, "snippets", "snippets.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{file: []byte(source.String()), overlay: replace} {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-overlay="+overlay, "./snippets").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, source.String())
	}
}
