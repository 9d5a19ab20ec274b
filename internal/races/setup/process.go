package setup

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/race"
	"github.com/atomicsession/atomicsession/internal/testserver"
)

// Process is a contestant's application that runs.
type Process struct {
	race.Site
	// Servers are the versions of those that it keeps its sessions in.
	Servers []result.Version

	servers []*backend.Backend
	cmd     *exec.Cmd
	folder  string
	ended   chan struct{} // closed once how is known
	how     error
}

const (
	startLimit = time.Minute
	stopLimit  = 10 * time.Second
)

// Start starts the application and the servers that it needs, and waits until it answers. Stop it.
func (c *Contestant) Start(ctx context.Context) (_ *Process, err error) {
	port := testserver.FreePort()
	p := &Process{ended: make(chan struct{})}
	p.URL = "http://127.0.0.1:" + port
	p.Transport = &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	defer func() {
		if err != nil {
			err = errors.Join(fmt.Errorf("%s: %w\n%s", c.name, err, p.Log()), p.Stop())
		}
	}()
	environment, err := p.startServers(ctx, c.Servers)
	if err != nil {
		return nil, err
	}
	cmd, err := c.command(context.WithoutCancel(ctx), c.Serve) // Stop ends it
	if err != nil {
		return nil, err
	}
	if p.folder, err = os.MkdirTemp("", "atomicsession-races-"); err != nil {
		return nil, err
	}
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
	cmd.Env = append(cmd.Env, append(environment, "PORT="+port, "FOLDER="+data)...)
	cmd.Stdout, cmd.Stderr = log, log
	inGroup(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p.cmd = cmd
	go func() {
		p.how = p.cmd.Wait()
		close(p.ended)
	}()
	return p, p.ready(ctx)
}

// command is one of the contestant's, in its folder.
func (c *Contestant) command(ctx context.Context, args []string) (*exec.Cmd, error) {
	name := args[0]
	if name == "races" { // this program: the applications in Go are in it
		self, err := os.Executable()
		if err != nil {
			return nil, err
		}
		name = self
	}
	cmd := exec.CommandContext(ctx, name, args[1:]...)
	cmd.Dir = c.folder
	cmd.Env = append(os.Environ(), "VARIANT="+c.Variant.Name)
	return cmd, nil
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
		case <-p.ended:
			return fmt.Errorf("the application has ended: %w", errors.Join(p.how, err))
		case <-ctx.Done():
			return fmt.Errorf("%w (%d %.300s)", context.Cause(ctx), a.Status, a.Body)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Stop ends the application, all that it has started, and its servers.
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
		<-p.ended
	}
	for _, b := range p.servers {
		b.Close()
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
func (c *Contestant) VersionLines(ctx context.Context) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	cmd, err := c.command(ctx, c.Versions)
	if err != nil {
		return nil, err
	}
	cmd.Stderr = os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: versions: %w", c.name, err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n"), nil
}
