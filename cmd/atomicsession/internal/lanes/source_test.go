package lanes

import (
	"strings"
	"testing"
)

// TestSource looks at the code that the page shows: all of it, and so narrow and short that a phone has room for it.
func TestSource(t *testing.T) {
	for _, c := range Contestants {
		source, err := c.Source()
		if err != nil {
			t.Fatal(err)
		}
		if len(source.Handlers) != 5 {
			t.Errorf("%s: %d losses", c.ID, len(source.Handlers))
		}
		texts := map[Loss]string{"setup": source.Setup}
		for loss, text := range source.Handlers {
			texts[loss] = text
			if last := text[strings.LastIndex(text, "\n")+1:]; !strings.HasPrefix(last, "reply(w, r, ") {
				t.Errorf("%s, %s ends with %q", c.ID, loss, last)
			}
		}
		for loss, text := range texts {
			lines := strings.Split(text, "\n")
			if len(lines) < 3 || len(lines) > 16 {
				t.Errorf("%s, %s: %d lines", c.ID, loss, len(lines))
			}
			for _, line := range lines {
				if len(strings.ReplaceAll(line, "\t", "    ")) > 64 {
					t.Errorf("%s, %s: %s", c.ID, loss, line)
				}
			}
		}
	}
	source, err := Contestants[0].Source()
	const want = "ctx := r.Context()\ns := o.sessions.Get(ctx)\nwork(ctx)\nn, err := visits.Add(ctx, s, 1)\nreply(w, r, n, err)"
	if err != nil || source.Handlers[Counter] != want {
		t.Errorf("%s, %v", source.Handlers[Counter], err)
	}
}
