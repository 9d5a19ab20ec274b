package redisstore

import (
	"context"
	"crypto/sha1" //nolint:gosec // Redis names scripts by it
	"embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/redis/rueidis"

	"github.com/atomicsession/atomicsession/driver"
)

//go:embed lua
var luaFiles embed.FS

const (
	// half is how many operation IDs a session gathers before it puts them aside: it remembers the latest 8 to 16.
	half = 8
	// maxNotes is how many operations on one session can be repeated within noteMS. For so long a first try that arrives late
	// is recognized.
	maxNotes = 64
	noteMS   = 10 * 60 * 1000
	// graceMS is how much longer than a session's life its key lives at least, so that a server whose clock is ahead by less
	// takes nothing from it. It is rounded up to a multiple of gridMS.
	graceMS = 60 * 1000
	gridMS  = 30 * 1000
)

var (
	defaultSize = driver.Limits{}.WithDefaults().Size
	constants   = fmt.Sprintf("local HALF, NOTES, NOTE_MS, GRACE_MS, GRID_MS, RENEWAL_MS, SIGNED_IN, SIZE, LONGEST_MS = %d, %d, %d, %d, %d, %d, %q, %d, %d\n",
		half, maxNotes, noteMS, graceMS, gridMS, driver.RenewalWindow.Milliseconds(), signedIn, defaultSize, longestMS)

	updateScript = newScript("update")
	readScript   = newScript("read")
	createScript = newScript("create")
	deleteScript = newScript("delete")
	indexScript  = newScript("index")
)

type script struct{ text, sha string }

func newScript(name string) *script {
	text := constants + lua(name)
	sum := sha1.Sum([]byte(text)) //nolint:gosec // the name Redis gives it
	return &script{text, hex.EncodeToString(sum[:])}
}

var include = regexp.MustCompile(`(?m)^ *-- include (\w+)$`)

// lua returns the text of a file, with the files it includes in the places of the lines that say so.
func lua(name string) string {
	text, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are in the binary
	}
	return include.ReplaceAllStringFunc(string(text), func(line string) string {
		return lua(include.FindStringSubmatch(line)[1])
	})
}

// run executes the script once, by its digest, or by its text if the server does not know it yet: a server that answers so has
// not executed anything.
func (sc *script) run(ctx context.Context, c rueidis.CoreClient, key string, args []string) (answer, error) {
	res := c.Do(ctx, c.B().Evalsha().Sha1(sc.sha).Numkeys(1).Key(key).Arg(args...).Build())
	if e, ok := rueidis.IsRedisErr(res.Error()); ok && e.IsNoScript() {
		res = c.Do(ctx, c.B().Eval().Script(sc.text).Numkeys(1).Key(key).Arg(args...).Build())
	}
	text, err := res.ToString()
	if err != nil {
		return nil, err
	}
	return strings.Split(text, "\x00"), nil
}

// answer is what every script returns: a word, and what belongs to it. It comes as one text with a NUL between the parts: an update
// that answers with a list takes 5 to 8 % longer and 5 allocations more. Neither the text of a value nor a user or label has a NUL.
type answer []string

func (a answer) status() string { return a.text(0) }

// refusal returns the error that the status stands for, nil if it is another one.
func (a answer) refusal() error {
	switch a.status() {
	case "absent":
		return driver.ErrNotFound
	case "renewed":
		return driver.ErrRenewed
	case "replayed":
		return driver.ErrReplayed
	case "exists":
		return driver.ErrExists
	case "corrupt":
		return damaged(a.text(len(a) - 1))
	}
	return nil
}

// text returns the i-th part, "" if it is not there or stands for no value: no text of a value is empty.
func (a answer) text(i int) string {
	if i >= len(a) {
		return ""
	}
	return a[i]
}
