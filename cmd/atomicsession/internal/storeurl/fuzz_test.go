package storeurl

import (
	"strings"
	"testing"
)

// FuzzNoPassword puts passwords into URLs as a hurried hand does, without encoding: neither the error nor the hosts hold three
// characters of them in a row. They are made of capital letters that no message has, and what means something in a URL.
func FuzzNoPassword(f *testing.F) {
	for i, password := range []string{
		"QXZ", "QX/XZJ", "QXZ?JWV", "QXZ@JWV/VZ",
		"QXZ#JWV=X&VZX", "%QXZ", "QXZ:JWV", "[QXZ", "XZJ?VWX=QZJ&WVX;%", "QX ZV\x00W", "QXZ%4",
		"QXZ@JWV?QJX=VWZ&XXX", "QXZ/JWV?QJX:VWZ",
	} {
		for scheme := range uint8(13) {
			f.Add(password, scheme, uint8(i))
		}
	}
	schemes := []string{
		"redis://", "rediss+cluster://", "redis+sentinel://", "postgres://", "postgresql://", "mongodb://", "mongodb+srv://", "http://", "", "redis:", "mysql://", "mariadb://", "sqlitedb:?prefix=",
	}
	tails := []string{
		"@localhost:1/0", "@localhost:1/0?prefx=1", "@[::1", "@a,b/0?master_set=main", "@h:port/x?timeout=q", "@h/db?colection=x", "@h/db?sslmode=q",
		"@h/db?tls=q", "@/db?host=/run", "@h?collection=", "@", "@h:1:1/db",
	}
	f.Fuzz(func(t *testing.T, random string, scheme, tail uint8) {
		const letters = "QXZJVW/?#@:%&=[];, +.\x00\n"
		password := strings.Map(func(r rune) rune {
			if strings.ContainsRune(letters, r) {
				return r
			}
			return rune(letters[int(uint32(r)%uint32(len(letters)))])
		}, random)
		for _, user := range []string{":", "user:"} {
			text := schemes[int(scheme)%len(schemes)] + user + password + tails[int(tail)%len(tails)]
			u, err := Parse(text)
			var told string
			if err != nil {
				told = err.Error()
			} else {
				told = u.Hosts
			}
			for i := 0; i+3 <= len(password); i++ {
				if part := password[i : i+3]; strings.ContainsAny(part, "QXZJVW") && strings.Contains(told, part) {
					t.Errorf("%q: %q tells %q", text, told, part)
				}
			}
			if strings.ContainsAny(told, "\n\x00") {
				t.Errorf("%q: not one line: %q", text, told)
			}
		}
	})
}
