// Package pictures draws what the documentation shows rather than says: docs/pictures.
package pictures

import (
	"os"
	"path/filepath"
)

//go:generate go run ./generate ../../cmd/atomicsession/internal/demo/page/recorded.json ../../docs/pictures

// Write draws all pictures into a folder. The race is the one that was recorded in this file.
func Write(recorded, folder string) error {
	race, err := Race(recorded)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	for name, picture := range map[string][]byte{
		"race": race, "overwrite": Overwrite(), "token": Token(), "command": Command(), "layers": Layers(),
	} {
		if err := os.WriteFile(filepath.Join(folder, name+".svg"), picture, 0o644); err != nil {
			return err
		}
	}
	return nil
}
