package storetest

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// WritesLayout expects the comment in the file to name the layout version that the package writes. internal/upgrade reads it there.
func WritesLayout(t *testing.T, file string, version int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if sentence := fmt.Sprintf("\n// It writes layout version %d", version); !strings.Contains(string(text), sentence) {
		t.Errorf("%s does not say %q", file, sentence[1:])
	}
}

// OtherLayout has a session of the user ann that another version has written. Every method that has to do with it must say so, and leave
// it as it is, which state returns.
func OtherLayout(t *testing.T, s driver.Store, k driver.Key, now time.Time, state func() string) {
	t.Helper()
	before := state()
	for name, call := range Methods(s, k, now) {
		if name == "Create" || name == "Sweep" {
			continue
		}
		err := call(t.Context())
		if !errors.Is(err, driver.ErrLayout) || !errors.Is(err, driver.ErrCorrupt) || Matches(err, driver.ErrNotFound, driver.ErrUnknownOutcome) {
			t.Errorf("%s: error %v, want %v and %v", name, err, driver.ErrCorrupt, driver.ErrLayout)
		}
		if after := state(); after != before {
			t.Errorf("%s has made\n%s of\n%s", name, after, before)
		}
	}
}
