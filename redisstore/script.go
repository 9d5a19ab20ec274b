package redisstore

import (
	"context"
	"crypto/sha1" //nolint:gosec // Redis names scripts by it
	"embed"
	"encoding/hex"
	"fmt"
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
	// What few updates need is a function, which the others need not even make ready.
	library      = "local function library()\n" + lua("values") + lua("numbers") + lua("arrays") + lua("change") + "end\n"
	updateScript = newScript(lua("history"), lua("guard"), library, lua("update"))
	readScript   = newScript(lua("history"), lua("guard"), lua("read"))
	createScript = newScript(lua("history"), lua("create"))
	deleteScript = newScript(lua("guard"), lua("delete"))
	indexScript  = newScript(lua("history"), lua("index"))
)

type script struct{ text, sha string }

func newScript(parts ...string) *script {
	text := fmt.Sprintf("local HALF, NOTES, NOTE_MS, GRACE_MS, GRID_MS, RENEWAL_MS = %d, %d, %d, %d, %d, %d\n",
		half, maxNotes, noteMS, graceMS, gridMS, driver.RenewalWindow.Milliseconds())
	text += strings.Join(parts, "")
	sum := sha1.Sum([]byte(text)) //nolint:gosec // the name Redis gives it
	return &script{text, hex.EncodeToString(sum[:])}
}

func lua(name string) string {
	text, err := luaFiles.ReadFile("lua/" + name + ".lua")
	if err != nil {
		panic(err) // the files are in the binary
	}
	return string(text)
}

// conn is what a shared and a dedicated client have in common.
type conn interface {
	B() rueidis.Builder
	Do(ctx context.Context, cmd rueidis.Completed) rueidis.RedisResult
}

// run executes the script once, by its digest, or by its text if the server does not know it yet: a server that answers so has
// not executed anything.
func (sc *script) run(ctx context.Context, c conn, key string, args []string) (answer, error) {
	res := c.Do(ctx, c.B().Evalsha().Sha1(sc.sha).Numkeys(1).Key(key).Arg(args...).Build())
	if e, ok := rueidis.IsRedisErr(res.Error()); ok && e.IsNoScript() {
		res = c.Do(ctx, c.B().Eval().Script(sc.text).Numkeys(1).Key(key).Arg(args...).Build())
	}
	list, err := res.ToArray()
	return answer(list), err
}

// answer is what every script returns: a word, and what belongs to it.
type answer []rueidis.RedisMessage

func (a answer) status() string { return a.text(0) }

// text returns the i-th part, "" if it is nil or not there. No text of a value is empty.
func (a answer) text(i int) string {
	if i >= len(a) {
		return ""
	}
	s, _ := a[i].ToString()
	return s
}

// number returns the i-th part, 0 if it is no number.
func (a answer) number(i int) int {
	if i >= len(a) {
		return 0
	}
	n, _ := a[i].ToInt64()
	return int(n)
}
