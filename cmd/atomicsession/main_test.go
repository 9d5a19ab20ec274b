package main

import (
	"encoding/json"
	"net/http"
	"net/http/cookiejar"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// atExit keeps the race detector from waiting a second at the end of each command.
const atExit = "atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"atomicsession": main})
}

func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("GORACE", atExit)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"await": await,
			"login": login,
		},
	})
}

// await FILE sets the variable URL to the address that a demo has printed into the file, once it has.
func await(ts *testscript.TestScript, _ bool, args []string) {
	address := regexp.MustCompile(`https?://\S+`)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		printed, err := os.ReadFile(ts.MkAbs(args[0]))
		if url := address.FindString(string(printed)); err == nil && url != "" && strings.Count(string(printed), "\n") >= 2 {
			ts.Setenv("URL", url)
			return
		}
	}
	ts.Fatalf("no demo has told its address in %s", args[0])
}

// login USER signs a new session in at the demo of await.
func login(ts *testscript.TestScript, _ bool, args []string) {
	jar, err := cookiejar.New(nil)
	ts.Check(err)
	client := http.Client{Jar: jar}
	defer client.CloseIdleConnections()
	resp, err := client.Get(ts.Getenv("URL") + "/api/csrf")
	ts.Check(err)
	var csrf struct{ Token string }
	ts.Check(json.NewDecoder(resp.Body).Decode(&csrf))
	ts.Check(resp.Body.Close())
	req, err := http.NewRequest("POST", ts.Getenv("URL")+"/api/login", strings.NewReader(`{"user":"`+args[0]+`"}`))
	ts.Check(err)
	req.Header.Set("X-CSRF-Token", csrf.Token)
	req.Header.Set("User-Agent", "curl/8.14.1")
	resp, err = client.Do(req)
	ts.Check(err)
	ts.Check(resp.Body.Close())
	if resp.StatusCode != http.StatusOK {
		ts.Fatalf("login: %s", resp.Status)
	}
}
