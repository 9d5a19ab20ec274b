// Package setup starts and stops what is compared: the applications of the folder setups, and the servers that they keep their sessions in.
package setup

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// Setup is a library as an application uses it. README.md of the module says what each member means.
type Setup struct {
	Language      string    `json:"language"`
	Library       string    `json:"library"`
	Documentation []string  `json:"documentation"`
	Serve         []string  `json:"serve"`
	Versions      []string  `json:"versions"`
	Variants      []Variant `json:"variants"`
}

// Variant is one way to use a library.
type Variant struct {
	Name     string   `json:"name"`
	Settings string   `json:"settings"`
	Servers  []string `json:"servers"`
}

// Contestant is a variant of a set-up: one row of the table.
type Contestant struct {
	Setup
	Variant

	folder string // absolute
	name   string
}

// Name is what the contestant is called by: LANGUAGE/LIBRARY/VARIANT, as its folders are.
func (c *Contestant) Name() string { return c.name }

// Code is where the application stands in the repository.
func (c *Contestant) Code() string {
	if c.Serve[0] == "races" {
		return "internal/bench/peer"
	}
	return "internal/races/setups/" + path.Dir(c.name)
}

// All returns what stands in the folder of set-ups, in the order of the languages given and of the names below.
func All(folder string, languages ...string) ([]*Contestant, error) {
	var all []*Contestant
	for _, language := range languages {
		files, err := filepath.Glob(filepath.Join(folder, language, "*", "setup.json"))
		if err != nil || len(files) == 0 {
			return nil, errors.Join(err, fmt.Errorf("%s has no set-ups for %s", folder, language))
		}
		slices.SortFunc(files, func(a, b string) int { return cmp.Compare(filepath.Dir(a), filepath.Dir(b)) })
		for _, file := range files {
			contestants, err := read(file, language)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", file, err)
			}
			all = append(all, contestants...)
		}
	}
	return all, nil
}

func read(file, language string) ([]*Contestant, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var s Setup
	decoder := json.NewDecoder(strings.NewReader(string(text)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return nil, err
	}
	if s.Language == "" || s.Library == "" || len(s.Documentation) == 0 || len(s.Serve) == 0 || len(s.Versions) == 0 || len(s.Variants) == 0 {
		return nil, errors.New("it lacks a member")
	}
	folder, err := filepath.Abs(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	all := make([]*Contestant, len(s.Variants))
	for i, v := range s.Variants {
		if v.Name == "" || v.Settings == "" {
			return nil, errors.New("a variant lacks a member")
		}
		all[i] = &Contestant{s, v, folder, language + "/" + filepath.Base(folder) + "/" + v.Name}
	}
	return all, nil
}
