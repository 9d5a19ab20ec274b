package demo

import (
	"html"
	"os"
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
	if out, err := goCommand(t, "build", source.String()); err != nil {
		t.Errorf("%v\n%s\n%s", err, out, source.String())
	}
}
