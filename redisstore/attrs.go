package redisstore

import (
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/driver"
)

// attrLabel is the attribute that stands behind the time of creation, where the programs have it that know no others. It takes no field
// more there, so it stays, and all programs on a server see the same.
const attrLabel = "label"

// attrsText returns the JSON of attributes without the label, "" for none.
func attrsText(a driver.Attrs) string {
	d := driver.Doc{}
	for name, text := range a {
		if name != attrLabel {
			d = d.With(name, driver.StringValue(text))
		}
	}
	if d.Len() == 0 {
		return ""
	}
	return d.Text()
}

// parseMore reads into r what its hash says beside its metadata, of which these are the texts.
func parseMore(r *driver.Record, meta metaTexts, authenticated, attrs string) (err error) {
	if r.Authenticated, err = parseAuthenticated(authenticated); err != nil {
		return err
	}
	d := driver.Doc{}
	if attrs != "" {
		if d, err = driver.ParseDoc(attrs); err != nil {
			return driver.Corrupt("the attributes are not an object")
		}
	}
	if _, label, _ := strings.Cut(meta[len(meta)-1], " "); label != "" {
		d = d.With(attrLabel, driver.StringValue(label))
	}
	if d.Len() > 0 {
		r.Attrs = make(driver.Attrs, d.Len())
	}
	for name, text := range d.All() {
		if text.Kind() != driver.String {
			return driver.Corrupt("an attribute is not a text")
		}
		r.Attrs[name] = text.Str()
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
