package redisstore

import (
	"encoding/base64"
	"math"
	"strconv"
	"time"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
)

// textOf returns the text form of v.
func textOf(v driver.Value) string {
	return rueidis.BinaryString(v.AppendTo(make([]byte, 0, v.Size())))
}

// plainText returns the text form of v with every whole Float within the int64 range written as an Int: values that are equal
// have the same. The script's function plain makes it of a text.
func plainText(v driver.Value) string { return textOf(plain(v)) }

func plain(v driver.Value) driver.Value {
	switch v.Kind() {
	case driver.Float:
		if f := v.Float(); f == math.Trunc(f) && f >= -1<<63 && f < 1<<63 {
			return driver.IntValue(int64(f))
		}
	case driver.Array:
		elems := make([]driver.Value, len(v.Elems()))
		for i, e := range v.Elems() {
			elems[i] = plain(e)
		}
		return driver.ArrayValue(elems...)
	case driver.Object:
		fields := make([]driver.Field, 0, v.Doc().Len())
		for name, f := range v.Doc().All() {
			fields = append(fields, driver.Field{Name: name, Value: plain(f)})
		}
		d, _ := driver.NewDoc(fields...) // the names are those of a document
		return driver.ObjectValue(d)
	}
	return v
}

func timeText(t time.Time) string { return strconv.FormatInt(t.UnixMilli(), 10) }

// parseTime reads what a script passed on from a field that it found to be a number, or its own clock.
func parseTime(text string) time.Time {
	ms, _ := strconv.ParseInt(text, 10, 64)
	return time.UnixMilli(ms)
}

// optionalTime writes the zero time as "".
func optionalTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return timeText(t)
}

func durationText(d time.Duration) string { return strconv.FormatInt(d.Milliseconds(), 10) }

// optionalDuration writes 0 as "".
func optionalDuration(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return durationText(d)
}

// keyText is what the scripts let in who has the verifier, or whom the session belongs to.
func keyText(k driver.Key) string {
	if k.ByUser {
		return "=" + k.User
	}
	return verifierText(k.Verifier)
}

func verifierText(v driver.Verifier) string {
	var text [43]byte // EncodeToString would allocate it
	base64.RawURLEncoding.Encode(text[:], v[:])
	return string(text[:])
}
