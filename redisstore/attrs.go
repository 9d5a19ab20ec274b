package redisstore

import (
	"maps"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// attrLabel is the attribute that stands behind the time of creation, where the programs have it that know no others. It takes no field
// more there, so it stays, and all programs on a server see the same.
const attrLabel = "label"

// attrsText returns the JSON of attributes without the label, "" for none.
func attrsText(a driver.Attrs) string {
	a = maps.Clone(a)
	delete(a, attrLabel)
	return a.Text()
}

// parseMore reads into r what its hash says beside its metadata, of which these are the texts.
func parseMore(r *driver.Record, meta metaTexts, authenticated, attrs string) (err error) {
	if r.Authenticated, err = parseAuthenticated(authenticated); err != nil {
		return err
	}
	if r.Attrs, err = driver.ParseAttrs(attrs); err != nil {
		return err
	}
	if _, label, _ := strings.Cut(meta[len(meta)-1], " "); label != "" {
		r.Attrs = r.Attrs.With(driver.Attrs{attrLabel: label})
	}
	return nil
}

// parseAuthenticated reads what $authenticated holds.
func parseAuthenticated(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	ms, ok := parseNumber(text)
	if !ok {
		return time.Time{}, driver.Corrupt("the time of the sign-in is not a number")
	}
	return time.UnixMilli(ms).UTC(), nil
}
