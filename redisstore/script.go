package redisstore

import (
	"context"
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"fmt"

	"github.com/redis/rueidis"
)

//go:embed lua/values.lua
var valuesLua string

//go:embed lua/numbers.lua
var numbersLua string

//go:embed lua/arrays.lua
var arraysLua string

//go:embed lua/update.lua
var updateLua string

//go:embed lua/read.lua
var readLua string

//go:embed lua/create.lua
var createLua string

//go:embed lua/delete.lua
var deleteLua string

//go:embed lua/index.lua
var indexLua string

const (
	// ring is how many operation IDs a session remembers.
	ring = 16
	// repeatedOps is how many operations of one session can be repeated within repeatedFor. For so long a first try that
	// arrives late is recognized.
	repeatedOps = 64
	repeatedFor = 10 * 60 * 1000 // ms
	// graceMS is how much longer than a session's life its keys live, so that a server whose clock is ahead by less takes
	// nothing from it.
	graceMS = 60 * 1000
)

var (
	updateScript = newScript(valuesLua, numbersLua, arraysLua, updateLua)
	readScript   = newScript(readLua)
	createScript = newScript(createLua)
	deleteScript = newScript(deleteLua)
	indexScript  = newScript(indexLua)
)

type script struct{ text, sha string }

func newScript(parts ...string) *script {
	text := fmt.Sprintf("local RING, REPEATED, REPEATED_MS, GRACE_MS = %d, %d, %d, %d\n", ring, repeatedOps, repeatedFor, graceMS)
	for _, p := range parts {
		text += p
	}
	sum := sha1.Sum([]byte(text)) // the name Redis gives it
	return &script{text, hex.EncodeToString(sum[:])}
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
