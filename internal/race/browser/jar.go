package browser

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// jar keeps cookies as browsers do (RFC 6265bis, 5.7): of two with one name the last to arrive stays, whichever request it answers. All
// cookies are of one host and one path here.
type jar struct {
	mu      sync.Mutex
	cookies map[string]string
}

// maxCookie is how many bytes the name and the value of a cookie have at most; browsers drop a longer one (RFC 6265bis, 5.6).
const maxCookie = 4096

// take changes the jar by the Set-Cookie headers of a response.
func (j *jar) take(header http.Header, now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for _, line := range header["Set-Cookie"] {
		c, err := http.ParseSetCookie(line)
		switch {
		case err != nil || len(c.Name)+len(c.Value) > maxCookie:
		// An empty value is as good as none to whoever reads it.
		case c.MaxAge < 0, c.MaxAge == 0 && !c.Expires.IsZero() && !c.Expires.After(now), c.Value == "":
			delete(j.cookies, c.Name)
		default:
			if j.cookies == nil {
				j.cookies = make(map[string]string)
			}
			j.cookies[c.Name] = raw(c)
		}
	}
}

// raw is the value as it was sent: one in quotes goes back in quotes.
func raw(c *http.Cookie) string {
	if c.Quoted {
		return `"` + c.Value + `"`
	}
	return c.Value
}

// header is the Cookie header of a request that starts now.
func (j *jar) header() string {
	all := j.all()
	pairs := make([]string, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, name+"="+all[name])
	}
	return strings.Join(pairs, "; ")
}

func (j *jar) all() map[string]string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return maps.Clone(j.cookies)
}

func (j *jar) replace(cookies map[string]string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.cookies = maps.Clone(cookies)
}
