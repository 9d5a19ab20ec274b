package setup

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/internal/race"
)

// Process is a contestant's application that runs.
type Process struct {
	race.Site
	cmd    *exec.Cmd
	folder string
	ended  chan error
}

const (
	startLimit = time.Minute
	stopLimit  = 10 * time.Second
)

// Start starts the application, and waits until it answers. Stop it.
func (c *Contestant) Start(ctx context.Context, servers *Servers) (_ *Process, err error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	p := &Process{ended: make(chan error, 1)}
	p.URL = "http://127.0.0.1:" + port
	p.Transport = &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	var environment []string
	if p.cmd, environment, err = c.command(ctx, servers, c.Serve); err != nil {
		return nil, err
	}
	if p.folder, err = os.MkdirTemp("", "atomicsession-races-"); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w\n%s", c.name, err, p.Log()), p.Stop())
		}
	}()
	// Its own folder is as private as a user's is, but for servers that change their user.
	if err := os.Chmod(p.folder, 0o755); err != nil {
		return nil, err
	}
	data := filepath.Join(p.folder, "data")
	if err := errors.Join(os.Mkdir(data, 0o755), os.Chmod(data, 0o777)); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(p.folder, "log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	p.cmd.Env = append(environment, "PORT="+port, "FOLDER="+data)
	p.cmd.Stdout, p.cmd.Stderr = log, log
	inGroup(p.cmd)
	if err := p.cmd.Start(); err != nil {
		p.cmd = nil
		return nil, err
	}
	go func() { p.ended <- p.cmd.Wait() }()
	return p, p.ready(ctx)
}

// command is one of the contestant's, in its folder and with the environment that it needs but for the port and the folder.
func (c *Contestant) command(ctx context.Context, servers *Servers, args []string) (*exec.Cmd, []string, error) {
	name := args[0]
	if name == "races" { // this program: the applications in Go are in it
		self, err := os.Executable()
		if err != nil {
			return nil, nil, err
		}
		name = self
	}
	cmd := exec.Command(name, args[1:]...)
	cmd.Dir = c.folder
	environment, err := servers.environment(ctx, c)
	return cmd, append(os.Environ(), append(environment, "VARIANT="+c.Variant.Name)...), err
}

// ready waits until the application answers.
func (p *Process) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, startLimit, fmt.Errorf("no answer in %v", startLimit))
	defer cancel()
	for {
		a, err := p.Browser().Get(ctx, "/state")
		if err == nil && a.OK() {
			return nil
		}
		select {
		case ended := <-p.ended:
			p.ended <- ended
			return fmt.Errorf("the application has ended: %w", errors.Join(ended, err))
		case <-ctx.Done():
			return fmt.Errorf("%w (%d %.300s)", context.Cause(ctx), a.Status, a.Body)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends the application, and all that it has started.
func (p *Process) Stop() error {
	if t, ok := p.Transport.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
	var err error
	if p.cmd != nil {
		terminate(p.cmd.Process.Pid)
		select {
		case <-p.ended:
		case <-time.After(stopLimit):
			err = fmt.Errorf("it does not end within %v", stopLimit)
		}
		kill(p.cmd.Process.Pid) // and what it has left
	}
	return errors.Join(err, os.RemoveAll(p.folder))
}

// Log is the end of what the application has written.
func (p *Process) Log() string {
	const most = 4000
	text, err := os.ReadFile(filepath.Join(p.folder, "log"))
	if err != nil {
		return err.Error()
	}
	return strings.TrimSpace(string(text[max(0, len(text)-most):]))
}

// VersionLines asks the contestant for the versions of what it runs.
func (c *Contestant) VersionLines(ctx context.Context, servers *Servers) ([]string, error) {
	cmd, environment, err := c.command(ctx, servers, c.Versions)
	if err != nil {
		return nil, err
	}
	cmd.Env, cmd.Stderr = environment, os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: versions: %w", c.name, err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), nil
}

// freePort is a port that nobody uses now.
func freePort() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return strconv.Itoa(listener.Addr().(*net.TCPAddr).Port), listener.Close()
}
