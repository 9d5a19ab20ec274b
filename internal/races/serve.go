package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
	"github.com/atomicsession/atomicsession/internal/bench/peer"
	"github.com/atomicsession/atomicsession/internal/bench/result"
	"github.com/atomicsession/atomicsession/internal/races/report"
	"github.com/atomicsession/atomicsession/internal/races/setup"
)

// commands are what the set-ups in Go have this program do, and go generate.
var commands = map[string]func(ctx context.Context, args []string) error{"serve": serve, "versions": versions, "page": page}

// page RESULTS DOCS: the page of an earlier run.
func page(_ context.Context, args []string) error {
	if len(args) != 3 {
		return errors.New("usage: races page RESULTS DOCS")
	}
	run, err := report.Read(args[1])
	if err != nil {
		return err
	}
	all, err := setup.All("setups", languages...)
	if err != nil {
		return err
	}
	return report.Write(run, all, args[2])
}

// serve NAME: the application of that name on the store that VARIANT names.
func serve(ctx context.Context, args []string) error {
	if len(args) != 2 {
		return errors.New("usage: races serve NAME")
	}
	store := os.Getenv("VARIANT")
	peers := peer.All(store)
	i := slices.IndexFunc(peers, func(p peer.Peer) bool { return p.Name == args[1] })
	if i < 0 {
		return fmt.Errorf("no %s on %s", args[1], store)
	}
	app, err := peers[i].Open(ctx, place(store))
	if err != nil {
		return err
	}
	defer app.Close()
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", os.Getenv("PORT")))
	if err != nil {
		return err
	}
	return app.Serve(ctx, listener)
}

// place is the URL of the server that a store keeps its sessions in, or the folder.
func place(store string) string { return os.Getenv(cmp.Or(backend.Variable(store), "FOLDER")) }

// versions PREFIX...: the versions of the modules whose paths begin so.
func versions(_ context.Context, args []string) error {
	for _, v := range result.Modules(args[1:]...) {
		fmt.Println(v.Name, v.Version)
	}
	return nil
}
