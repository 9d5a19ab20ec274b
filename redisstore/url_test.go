package redisstore

import (
	"strings"
	"testing"
	"time"
)

func TestParseURL(t *testing.T) {
	client, o, err := parseURL("rediss+sentinel://app:secret@a:1,b:2/3?master_set=main&sentinel_password=other&cache_ttl=5s&replicas=1&timeout=1s&prefix=p:")
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(client.InitAddress, " "); got != "a:1 b:2" {
		t.Errorf("servers %s", got)
	}
	if client.Username != "app" || client.Password != "secret" || client.Sentinel.Password != "other" || client.Sentinel.Username != "" {
		t.Error("the passwords are not where they belong")
	}
	if client.SelectDB != 3 || client.TLSConfig == nil || client.Sentinel.TLSConfig == nil || !client.DisableRetry {
		t.Errorf("client options %+v", client)
	}
	if want := (Options{Prefix: "p:", Timeout: time.Second, Replicas: 1, CacheTTL: 5 * time.Second}); o != want {
		t.Errorf("options %+v, want %+v", o, want)
	}
	if got := (&Options{Prefix: "q:"}).over(o); got.Prefix != "q:" || got.Replicas != 1 {
		t.Errorf("options %+v: those of the program come first", got)
	}
}

// TestParameters has URLs with parameters that would have no effect, or another one than meant: each names another store than it
// seems to.
func TestParameters(t *testing.T) {
	for url, want := range map[string]string{
		"redis://h/0?prefx=staging:":                    `unknown parameter "prefx"; known are cache_ttl, client_name, db, dial_timeout, prefix, protocol, replicas, timeout, write_timeout`,
		"rediss://h?Prefix=x":                           `unknown parameter "Prefix"; known are cache_ttl, client_name, db, dial_timeout, prefix, protocol, replicas, skip_verify, timeout, write_timeout`,
		"unix:///s?db=1&collection=x":                   `unknown parameter "collection"; known are`,
		"redis+cluster://h?db=0":                        `unknown parameter "db"; known are cache_ttl, client_name, dial_timeout, prefix,`,
		"redis://h?master_set=main":                     `unknown parameter "master_set"`,
		"redis://h?addr=other:1":                        `unknown parameter "addr"`,
		"redis://h?client_cache=0":                      `unknown parameter "client_cache"`,
		"redis://h?max_retries=0":                       `unknown parameter "max_retries"`,
		"redis://h?skip_verify":                         `unknown parameter "skip_verify"`,
		"redis://h?prefix=a&prefix=b":                   "parameter prefix given 2 times",
		"redis://h?prefix=":                             "parameter prefix is empty",
		"redis://h?prefix":                              "parameter prefix is empty",
		"redis://h?prefix=%zz":                          "malformed parameters",
		"redis://h?prefix=a;b":                          "malformed parameters",
		"redis://h?prefix=a#b":                          "a # that is not written %23",
		"redis://h/1?db=2":                              "the database stands in the path and in db",
		"redis://h/-1":                                  "the database is no number",
		"redis://h/0/1":                                 "the database is no number",
		"redis://h?protocol=4":                          "protocol is neither 2 nor 3",
		"redis://h?dial_timeout=5":                      "dial_timeout is no duration",
		"redis://h?dial_timeout=0s":                     "dial_timeout is not above zero",
		"redis://h?timeout=-1s":                         "timeout is not above zero",
		"redis://h?cache_ttl=0":                         "cache_ttl is not above zero",
		"redis://h?replicas=-1":                         "replicas is no number",
		"rediss://h?skip_verify=maybe":                  "skip_verify is neither true nor false",
		"redis://h?prefix=p@x":                          "a reserved character",
		"redis://:p/x@h":                                "a reserved character",
		"redis://h:port":                                "malformed host or port",
		"redis+cluster://a:1,,b:2":                      "malformed host or port",
		"redis://a:1,b:2":                               "malformed host or port",
		"unix+cluster:///s":                             "unknown scheme",
		"unix://":                                       "no path of a socket",
		"redis+sentinel://h?x&sentinel_password=a&bc=d": "unknown parameter; known are cache_ttl,",
	} {
		if _, _, err := parseURL(url); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", url, err, want)
		}
	}
	for _, url := range []string{"redis://", "redis://h/", "redis://h/?db=3", "redis://[::1]:1/2", "rediss://h?skip_verify", "valkey://h", "unix://u:p@/s?db=1"} {
		if _, _, err := parseURL(url); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// FuzzURLTellsNoPassword puts passwords into URLs as a hurried hand does, without encoding: the error never holds three characters
// of them in a row. They are made of capital letters that no message has, and what means something in a URL.
func FuzzURLTellsNoPassword(f *testing.F) {
	for _, password := range []string{"QXZ", "Q/XZJ", "QXZ?JWV", "QXZ@JWV/VZ", "QXZ#JWV=X&VZX", "%QXZ", "QXZ:JWV", "[QXZ", "XZJ?VWX=QZJ&WVX;%", "QX ZV\x00W"} {
		f.Add(password, uint8(0), uint8(0))
		f.Add(password, uint8(3), uint8(2))
	}
	f.Fuzz(func(t *testing.T, random string, scheme, tail uint8) {
		const letters = "QXZJVW/?#@:%&=[];, +.\x00\n"
		password := strings.Map(func(r rune) rune {
			if strings.ContainsRune(letters, r) {
				return r
			}
			return rune(letters[int(uint32(r)%uint32(len(letters)))])
		}, random)
		schemes := []string{"redis", "rediss", "redis+cluster", "redis+sentinel", "unix", "http", ""}
		tails := []string{"@localhost:1/0", "@localhost:1/0?prefx=1", "@[::1", "@a,b/0?master_set=main", "@/s?db=1", "@h:port/x?timeout=q"}
		for _, user := range []string{":", "user:"} {
			url := schemes[int(scheme)%len(schemes)] + "://" + user + password + tails[int(tail)%len(tails)]
			_, _, err := parseURL(url)
			if err == nil {
				continue
			}
			for i := 0; i+3 <= len(password); i++ {
				if part := password[i : i+3]; strings.ContainsAny(part, "QXZJVW") && strings.Contains(err.Error(), part) {
					t.Errorf("%q: the error holds %q: %v", url, part, err)
				}
			}
			if strings.ContainsAny(err.Error(), "\n\x00") {
				t.Errorf("%q: more than one line: %q", url, err)
			}
		}
	})
}
