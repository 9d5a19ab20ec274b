package crowd

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession"
)

const serverVariable = "CROWD_SERVER" // the config, for a process that is a server

// server is a process of the application after the move.
type server struct {
	cmd     *exec.Cmd
	address string
}

func startServer(t *testing.T, c config) *server {
	t.Helper()
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	s := &server{cmd: exec.Command(os.Args[0])}
	s.cmd.Env = append(os.Environ(), serverVariable+"="+string(text))
	s.cmd.Stderr = os.Stderr
	if _, err := s.cmd.StdinPipe(); err != nil { // with whose end it ends
		t.Fatal(err)
	}
	stdout, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.kill)
	if s.address, err = bufio.NewReader(stdout).ReadString('\n'); err != nil {
		t.Fatalf("a server does not say where it is: %v", err)
	}
	s.address = s.address[:len(s.address)-1]
	return s
}

// number is that of the process.
func (s *server) number() int64 { return int64(s.cmd.Process.Pid) }

// kill ends the server with SIGKILL.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// serve is the process.
func serve(text string) {
	err := func() error {
		var c config
		if err := json.Unmarshal([]byte(text), &c); err != nil {
			return err
		}
		old, err := openOld(&c)
		if err != nil {
			return err
		}
		sessions, _, err := openNew(context.Background(), &c, old.importer)
		if err != nil {
			return err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			os.Exit(0)
		}()
		fmt.Println(listener.Addr())
		return (&http.Server{Handler: handler(sessions), ReadHeaderTimeout: time.Minute}).Serve(listener)
	}()
	fmt.Fprintln(os.Stderr, "server:", err)
	os.Exit(1)
}

// answer is what the application says of the session that a request was of; nothing of none.
type answer struct{ User, Session string }

// handler is the application. /change makes the change that token names; the answer says that it is made. /look makes none.
func handler(sessions *atomicsession.Manager) http.Handler {
	mux := http.NewServeMux()
	respond := func(w http.ResponseWriter, r *http.Request) {
		info, ok, err := sessions.Get(r.Context()).Info(r.Context())
		if err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		var a answer
		if ok {
			a = answer{info.User, info.ID.String()}
		}
		_ = json.NewEncoder(w).Encode(a)
	}
	mux.HandleFunc("/look", respond)
	mux.HandleFunc("/change", func(w http.ResponseWriter, r *http.Request) {
		token := r.FormValue("token")
		change := []atomicsession.Change{count.Inc(1), done.At(token).Set(true), log.Push(token)}
		if err := sessions.Get(r.Context()).Update(r.Context(), change...); err != nil {
			sessions.WriteError(w, r, err)
			return
		}
		respond(w, r)
	})
	return sessions.Middleware(mux)
}
