package bridge

import (
	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/govalue"
)

// EncodeName returns the name of the field for a key of any string, as a Map of package atomicsession stores it.
func EncodeName(key string) string { return govalue.EncodeName(key) }

// DecodeName returns what [EncodeName] was given. Another name is [driver.ErrCorrupt].
func DecodeName(name string) (string, error) {
	key, err := govalue.DecodeName(name)
	if err != nil {
		return "", driver.Corrupt("a field that stands for no key")
	}
	return key, nil
}
