package linearizable

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

// childVariable holds what a process of the run must know, as a childPlan.
const childVariable = "ATOMICSESSION_LINEARIZABLE"

type childPlan struct {
	Plan    plan
	Process int
	Test    string // its name
	Parent  int    // the process ID of the caller of Run
	Address string
	Memory  string // the file
}

// patienceWithEnd is how long a child may take to come to its end.
const patienceWithEnd = 10 * time.Second

// order has a child record a round.
type order struct{ First, Count, NarrowFrom int }

// message is what a child tells: of a call, of the end of a round, or why it cannot go on.
type message struct {
	Call    *call  `json:",omitempty"`
	Done    bool   `json:",omitempty"`
	Trouble string `json:",omitempty"`
}

// children are a crew of processes.
type children struct {
	*run
	address string
	file    string

	mu   sync.Mutex // of what kill looks at as well
	list []*child
}

type child struct {
	process int
	cmd     *exec.Cmd
	orders  *os.File
	told    *os.File
	decoder *json.Decoder
	output  beginning
	killed  bool
}

func newChildren(r *run, address string) *children {
	c := &children{run: r, address: address, file: filepath.Join(r.t.TempDir(), "memory"), list: make([]*child, r.plan.Processes)}
	var err error
	if r.memory, err = sharedMemory(c.file); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		for _, child := range c.list {
			if child == nil {
				continue
			}
			if err := child.end(); err != nil && !child.killed {
				r.t.Errorf("linearizable: process %d: %v; it has written\n%s", child.process, err, child.output.String())
			}
		}
		r.memory.close()
	})
	return c
}

// start starts the process again that is the n-th.
func (c *children) start(n int) error {
	what, err := json.Marshal(childPlan{c.plan, n, c.t.Name(), os.Getpid(), c.address, c.file})
	if err != nil {
		return err
	}
	binary, err := os.Executable() // os.Args[0] may be relative to a folder that the test has left
	if err != nil {
		return err
	}
	ordersOut, ordersIn, err := os.Pipe()
	if err != nil {
		return err
	}
	toldOut, toldIn, err := os.Pipe()
	if err != nil {
		return errors.Join(err, ordersOut.Close(), ordersIn.Close())
	}
	name := strings.Split(c.t.Name(), "/")
	for i := range name {
		name[i] = "^" + regexp.QuoteMeta(name[i]) + "$"
	}
	cmd := exec.Command(binary, "-test.run="+strings.Join(name, "/"), "-test.timeout=0", "-test.count=1")
	cmd.Env = append(os.Environ(), childVariable+"="+string(what))
	cmd.WaitDelay = patienceWithEnd // a process of its own may hold on to its output
	cmd.ExtraFiles = []*os.File{ordersOut, toldIn}
	child := &child{process: n, cmd: cmd, orders: ordersIn, told: toldOut, decoder: json.NewDecoder(toldOut)}
	cmd.Stdout, cmd.Stderr = &child.output, &child.output
	err = cmd.Start()
	if closing := errors.Join(ordersOut.Close(), toldIn.Close()); err == nil {
		err = closing
	}
	if err != nil {
		return errors.Join(err, ordersIn.Close(), toldOut.Close())
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.list[n] = child
	return nil
}

// round has all children record the same histories.
func (c *children) round(first, count int) ([][][]call, func(int) bool, error) {
	for n, child := range c.list {
		if child == nil {
			if err := c.start(n); err != nil {
				return nil, nil, err
			}
		}
	}
	told := newTold(count, c.plan.clients())
	errs := make([]error, len(c.list))
	var done sync.WaitGroup
	for n, child := range c.list {
		done.Go(func() {
			errs[n] = child.round(order{first, count, c.plan.NarrowFrom}, told)
			if errs[n] != nil {
				c.memory.dead(n).Store(1)
			}
		})
	}
	done.Wait()
	cut := make([]bool, len(c.list))
	var err error
	for n, child := range c.list {
		if errs[n] == nil {
			continue
		}
		cut[n] = true
		c.mu.Lock()
		c.list[n] = nil
		killed := child.killed
		c.mu.Unlock()
		if ended := child.end(); !killed {
			err = errors.Join(err, fmt.Errorf("linearizable: process %d: %w, %w; it has written\n%s", n, errs[n], ended, child.output.String()))
		}
	}
	return told, func(client int) bool { return cut[c.processOf(client)] }, err
}

// processOf returns which process a client belongs to. The witness belongs to the first.
func (c *children) processOf(client int) int { return client / c.plan.Clients % c.plan.Processes }

// round has the child record histories, and returns when it says that it has, or comes to its end.
func (c *child) round(o order, told [][][]call) error {
	if err := json.NewEncoder(c.orders).Encode(o); err != nil {
		return err
	}
	for {
		var m message
		switch err := c.decoder.Decode(&m); {
		case err != nil:
			return err
		case m.Trouble != "":
			return errors.New(m.Trouble)
		case m.Done:
			return nil
		}
		list := &told[m.Call.History-o.First][m.Call.Client]
		*list = append(*list, *m.Call)
	}
}

// end has the child come to its end, if it has not, and returns how it did.
func (c *child) end() error {
	orders := c.orders.Close() // by which it knows
	impatient := time.AfterFunc(patienceWithEnd, func() { _ = c.cmd.Process.Kill() })
	defer impatient.Stop()
	return errors.Join(orders, c.cmd.Wait(), c.told.Close())
}

// beginning keeps the first of what is written.
type beginning struct{ bytes.Buffer }

func (b *beginning) Write(p []byte) (int, error) {
	b.Buffer.Write(p[:min(len(p), max(0, 1<<16-b.Len()))])
	return len(p), nil
}

// kill kills one of the children, never the first: that is the witness.
func (c *children) kill() {
	time.Sleep(time.Duration(rand.IntN(5000)) * time.Microsecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	if child := c.list[1+rand.IntN(len(c.list)-1)]; child != nil {
		child.killed = true
		_ = child.cmd.Process.Kill() // one that is gone already has failed
	}
}
