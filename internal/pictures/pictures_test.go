package pictures

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	docs     = "../../docs/pictures"
	recorded = "../../cmd/atomicsession/internal/demo/page/recorded.json"
)

// TestPictures holds the pictures of the documentation to what is drawn now.
func TestPictures(t *testing.T) {
	folder := t.TempDir()
	if err := Write(recorded, folder); err != nil {
		t.Fatal(err)
	}
	pictures, err := os.ReadDir(docs)
	if err != nil {
		t.Fatal(err)
	}
	drawn, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(drawn) != len(pictures) {
		t.Errorf("%d pictures are drawn, and docs has %d", len(drawn), len(pictures))
	}
	for _, picture := range drawn {
		got, err := os.ReadFile(filepath.Join(folder, picture.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if want, err := os.ReadFile(filepath.Join(docs, picture.Name())); err != nil || string(got) != string(want) {
			t.Errorf("%s is not the one in docs (%v): run make generate", picture.Name(), err)
		}
	}
}

// TestRace draws what a recording says, and nothing else.
func TestRace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "recorded.json")
	draw := func(text string) (string, error) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		picture, err := Race(file)
		return string(picture), err
	}
	picture, err := draw(`{"requests":3,"clients":2,"lanes":[
		{"id":"atomicsession","name":"ours","acknowledged":1,"left":1,"blocks":[{"to":9,"n":1,"kept":true}]},
		{"id":"scs","name":"theirs","acknowledged":2,"left":1,"blocks":[{"to":9,"n":1},{"row":1,"to":9,"n":1,"kept":true}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"3 requests", ">1 of 1 kept<", ">1 of 2 kept, 1 lost<", "ends at 1: 1 were overwritten"} {
		if !strings.Contains(picture, want) {
			t.Errorf("the picture lacks %q", want)
		}
	}
	// One block and the legend's are dashed.
	if n := strings.Count(picture, `class="lost dashed"`); n != 2 {
		t.Errorf("%d blocks are dashed, want 2", n)
	}
	for _, text := range []string{
		"", `{"lanes":[]}`, `{"lanes":[{"id":"atomicsession"},{"id":"scs"}]}`,
		`{"lanes":[{"id":"atomicsession","left":2,"blocks":[{"to":9,"n":1,"kept":true}]},{"id":"scs","left":1,"blocks":[{"to":9,"n":1,"kept":true}]}]}`,
		`{"lanes":[{"id":"atomicsession","left":1,"blocks":[{"to":9,"n":1,"kept":true}]},{"id":"scs","left":1,"blocks":[{"to":999,"n":1,"kept":true}]}]}`,
	} {
		if _, err := draw(text); err == nil {
			t.Errorf("%q is a picture", text)
		}
	}
}
