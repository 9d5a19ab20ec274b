package integration

import (
	"context"
	_ "embed"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

//go:embed testdata/pictures.js
var complaints string

// TestPictures looks at every picture of the documentation as a reader may see it: with fonts of other widths, on a phone, light and dark.
func TestPictures(t *testing.T) {
	docs := os.DirFS("../../docs")
	server := httptest.NewServer(http.FileServerFS(docs))
	defer server.Close()
	var pictures []string
	err := fs.WalkDir(docs, ".", func(name string, _ fs.DirEntry, err error) error {
		if path.Ext(name) == ".svg" {
			pictures = append(pictures, name)
		}
		return err
	})
	if err != nil || len(pictures) == 0 {
		t.Fatal("no pictures", err)
	}
	v := newVisitor(t)
	for _, name := range pictures {
		t.Run(name, func(t *testing.T) {
			v.t = t
			for _, scheme := range []string{"light", "dark"} {
				v.prefer("prefers-color-scheme", scheme)
				v.do(chromedp.Navigate(server.URL + "/" + name))
				for _, complaint := range evaluate[[]string](v, complaints) {
					t.Errorf("%s: %s", scheme, complaint)
				}
			}
		})
	}
}

// prefer has the visitor prefer this.
func (v *visitor) prefer(feature, value string) {
	v.t.Helper()
	ctx, cancel := context.WithTimeout(v.ctx, patience)
	defer cancel()
	_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
		Features: []*emulation.MediaFeature{{Name: feature, Value: value}},
	})
	if err != nil {
		v.t.Fatal(err)
	}
}
