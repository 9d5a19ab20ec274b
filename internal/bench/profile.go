package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime/pprof"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// profiled does the work of one peer in one cell, and writes a profile of it to file if that is not "".
func profiled(ctx context.Context, name, file string, d time.Duration) (err error) {
	who, c, err := parseCell(name)
	if err != nil {
		return err
	}
	peers := peer.All(who.Store)
	i := slices.IndexFunc(peers, func(p peer.Peer) bool { return p.Name == who.Peer })
	if i < 0 {
		return fmt.Errorf("no peer %q on %q", who.Peer, who.Store)
	}
	b, err := backend.Start(ctx, who.Store)
	if err != nil {
		return err
	}
	defer b.Close()
	contestant, err := enter(ctx, peers[i], b.URL, c.overHTTP)
	if err != nil {
		return err
	}
	defer contestant.close()
	requests, err := contestant.requests(ctx, c.operation, c.size, c.clients)
	if err != nil {
		return err
	}
	if file != "" {
		out, err := os.Create(file)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, out.Close()) }()
		if err := pprof.StartCPUProfile(out); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	t, err := timed(requests, d)
	if err == nil {
		fmt.Printf("%s: %.1f µs\n", name, t/1e3)
	}
	return err
}

func parseCell(name string) (who result.Who, c cell, err error) {
	parts := strings.Split(name, "/")
	if len(parts) != 5 {
		return who, c, fmt.Errorf("%q is not store/peer/operation/size/clients", name)
	}
	who = result.Who{Store: parts[0], Peer: parts[1]}
	c.operation, c.overHTTP = strings.CutSuffix(parts[2], result.OverHTTP)
	if paths[c.operation] == "" {
		return who, c, fmt.Errorf("no operation %q", parts[2])
	}
	if c.size, err = strconv.Atoi(parts[3]); err != nil {
		return who, c, err
	}
	c.clients, err = strconv.Atoi(parts[4])
	return who, c, err
}
