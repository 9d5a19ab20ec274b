package memstore_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/memstore"
)

func TestStoreDoesNotPrint(t *testing.T) {
	store := memstore.New(nil)
	now := time.Now()
	r := driver.Record{Meta: driver.Meta{ID: driver.ID{1}, User: "ada-the-user", Created: now, Expires: now.Add(time.Hour)}}
	r.Attrs = driver.Attrs{"label": "a-label"}
	if err := store.Create(t.Context(), driver.Verifier{1}, r); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("", "store", store)
	slog.New(slog.NewTextHandler(&log, nil)).Info("", "store", store)
	texts := []string{log.String()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		texts = append(texts, fmt.Sprintf(verb, store), fmt.Sprintf(verb, struct{ s *memstore.Store }{store}))
		texts = append(texts, fmt.Sprintf(verb, *store))
	}
	for _, text := range texts {
		if strings.Contains(text, "ada-the-user") || strings.Contains(text, "a-label") {
			t.Errorf("printed: %s", text)
		}
	}
}
