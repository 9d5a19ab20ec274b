package sqlitestore

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// TestDestroyedIsGone looks for what was in sessions that have been destroyed, or replaced, in the bytes of the files: it must not be
// in the database once the log has been copied there, and in no file once the store is closed. Fields of all sizes, some over pages.
func TestDestroyedIsGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sessions.db")
	s, err := Open(t.Context(), path, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	now := time.Now()
	secret := func(i int) string { return strings.Repeat("destroyed", 1+i*i*50) }
	var keys []driver.Key
	for i := range 20 {
		k := driver.Key{ID: driver.ID{byte(i + 1)}, Verifier: driver.Secret{byte(i)}.Verifier()}
		d, err := driver.NewDoc(driver.Field{Name: "kept", Value: driver.StringValue("kept-" + strings.Repeat("k", 200))},
			driver.Field{Name: "x", Value: driver.StringValue(secret(i))})
		if err != nil {
			t.Fatal(err)
		}
		m := driver.Meta{ID: k.ID, User: "user-" + "gone", Created: now, LastUsed: now, Expires: now.Add(time.Hour), Lifetime: time.Hour}
		if err := s.Create(t.Context(), k.Verifier, driver.Record{Meta: m, Attrs: driver.Attrs{"label": "label-gone"}, Data: d}); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, k)
	}
	checkpoint := func() {
		if err := s.file.writer.conn.Run("PRAGMA wal_checkpoint(truncate)"); err != nil {
			t.Fatal(err)
		}
	}
	holds := func(file, text string) bool {
		data, err := os.ReadFile(file)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		return bytes.Contains(data, []byte(text))
	}
	checkpoint()
	for _, text := range []string{"destroyed", "user-gone", "label-gone"} {
		if !holds(path, text) {
			t.Fatalf("%s is not in the database to begin with", text)
		}
	}
	for i, k := range keys {
		switch i % 3 {
		case 0:
			err = s.Delete(t.Context(), now, k)
		case 1:
			_, err = s.Update(t.Context(), now, k, &driver.Update{
				Ops: []driver.Op{driver.Unset{Path: "x"}}, Renew: new(driver.Secret{100}.Verifier()), User: new(""), Attrs: driver.Attrs{"label": ""}, MaxAge: time.Hour,
			})
		case 2:
			err = s.Delete(t.Context(), now, driver.UserKey(k.ID, "user-gone"))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	checkpoint()
	for _, text := range []string{"destroyed", "user-gone", "label-gone"} {
		for _, file := range []string{path, path + "-wal"} {
			if holds(file, text) {
				t.Errorf("%s is still in %s", text, filepath.Base(file))
			}
		}
	}
	if !holds(path, "kept-kkk") {
		t.Error("what lives on is not in the database")
	}
}
