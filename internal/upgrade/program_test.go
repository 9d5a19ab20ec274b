package upgrade

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// program is a running server of one of the versions.
type program struct {
	build
	t   *testing.T
	url string
	cmd *exec.Cmd
}

// start starts the demo on the store. The test's end stops it, unless stop has.
func (b build) start(t *testing.T, store string) *program {
	t.Helper()
	p, err := b.tryStart(t, store)
	if err != nil {
		t.Fatalf("%s: %v", b.name, err)
	}
	return p
}

func (b build) tryStart(t *testing.T, store string) (*program, error) {
	cmd := exec.Command(b.program, "demo", "--addr", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), "ATOMICSESSION_STORE="+store)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &program{build: b, t: t, cmd: cmd}
	t.Cleanup(func() {
		p.stop()
		if t.Failed() {
			t.Logf("%s has logged\n%s", b.name, log.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		p.stop()
		return nil, errors.New(log.String())
	}
	p.url = strings.TrimPrefix(strings.TrimSpace(line), "atomicsession demo: ")
	return p, nil
}

// stop has it come to its regular end.
func (p *program) stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		p.t.Errorf("%s: %v", p.name, err)
	}
	if err := p.cmd.Wait(); err != nil && p.url != "" {
		p.t.Errorf("%s has ended: %v", p.name, err)
	}
}

// cli runs another command of the program, and returns the object that it prints.
func (b build) cli(t *testing.T, store string, args ...string) map[string]any {
	t.Helper()
	cmd := exec.Command(b.program, append(args, "--json")...)
	cmd.Env = append(os.Environ(), "ATOMICSESSION_STORE="+store)
	var log strings.Builder
	cmd.Stderr = &log
	out, err := cmd.Output()
	var object map[string]any
	if err = errors.Join(err, json.Unmarshal(out, &object)); err != nil {
		t.Fatalf("%s: %v: %v: %s", b.name, args, err, log.String())
	}
	return object
}

// visitor is a browser, to which all programs are one site: cookies know no ports.
type visitor struct {
	t     *testing.T
	http  http.Client
	token string
}

func newVisitor(t *testing.T) *visitor {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &visitor{t: t, http: http.Client{Jar: jar, Transport: transport, Timeout: 30 * time.Second}}
}

// begin begins a session, or gets a new token for the one there is.
func (v *visitor) begin(p *program) *visitor {
	v.t.Helper()
	v.token, _ = v.do(p, "GET", "csrf", "")["token"].(string)
	return v
}

// signIn signs the visitor in.
func (v *visitor) signIn(p *program, user string) *visitor {
	v.t.Helper()
	v.begin(p).do(p, "POST", "login", fmt.Sprintf(`{"user":%q}`, user))
	return v.begin(p)
}

// copy returns a visitor with the cookies and the token of now.
func (v *visitor) copy(p *program) *visitor {
	other := newVisitor(v.t)
	other.token = v.token
	u, err := url.Parse(p.url)
	if err != nil {
		v.t.Fatal(err)
	}
	other.http.Jar.SetCookies(u, v.http.Jar.Cookies(u))
	return other
}

// ask makes a request and returns the status and the object of the answer.
func (v *visitor) ask(p *program, method, path, body string) (int, map[string]any, error) {
	req, err := http.NewRequest(method, p.url+"/api/"+path, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("X-CSRF-Token", v.token)
	resp, err := v.http.Do(req)
	if err != nil {
		return 0, nil, err
	}
	text, err := io.ReadAll(resp.Body)
	var object map[string]any
	return resp.StatusCode, object, errors.Join(err, resp.Body.Close(), json.Unmarshal(text, &object))
}

// do makes a request that must succeed.
func (v *visitor) do(p *program, method, path, body string) map[string]any {
	v.t.Helper()
	status, object, err := v.ask(p, method, path, body)
	if status != http.StatusOK || err != nil {
		v.t.Fatalf("%s: %s %s %s: %d %v (error: %v)", p.name, method, path, body, status, object, err)
	}
	return object
}

// ended makes a request of a session that has ended, or has another secret by now.
func (v *visitor) ended(p *program, why string) {
	v.t.Helper()
	status, object, err := v.ask(p, "POST", "session/update", `{"ops":[{"op":"set","path":"late","value":1}]}`)
	problem, _ := object["error"].(map[string]any)
	if err != nil || status != http.StatusGone || !strings.Contains(fmt.Sprint(problem["message"]), why) {
		v.t.Errorf("%s: an update: %d %v (error: %v), want %d and %q", p.name, status, object, err, http.StatusGone, why)
	}
}

// session returns what the program says of the session.
func (v *visitor) session(p *program) map[string]any {
	v.t.Helper()
	return v.do(p, "GET", "session", "")
}
