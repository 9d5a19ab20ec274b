package bridge

import "github.com/atomicsession/atomicsession/internal/govalue"

// EncodeName returns the name of the field for what another library calls s: the name that the entry s of a Map has in package atomicsession.
// A percent sign in it is alone or stands before two hexadecimal digits, so other names that begin with one are free for the bridge.
func EncodeName(s string) string { return govalue.EncodeName(s) }

// DecodeName reverses EncodeName.
func DecodeName(name string) (string, error) { return govalue.DecodeName(name) }
