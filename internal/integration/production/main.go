package main

import (
	"context"
	"encoding/base64"
	"errors"
	"expvar"
	"fmt"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/sqlitestore"
)

// config is what differs between deployments.
type config struct {
	file   string                     // of the sessions
	origin string                     // of the site as browsers see it: https://shop.example
	keys   []atomicsession.SigningKey // the first one signs, all of them check
}

func main() {
	keys, err := parseKeys(os.Getenv("SESSION_KEYS"))
	if err != nil {
		log.Fatal(err)
	}
	listener, err := net.Listen("tcp", os.Getenv("ADDR")) // where the proxy finds it: 127.0.0.1:8080
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err = run(ctx, listener, config{file: os.Getenv("SESSION_FILE"), origin: os.Getenv("ORIGIN"), keys: keys})
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

// parseKeys reads keys in base64 with commas between them.
func parseKeys(text string) (keys []atomicsession.SigningKey, err error) {
	for part := range strings.SplitSeq(text, ",") {
		key, err := base64.StdEncoding.DecodeString(part)
		if err != nil {
			return nil, errors.New("SESSION_KEYS is not base64")
		}
		keys = append(keys, key)
	}
	return keys, nil
}

var storeErrors = expvar.NewInt("session_store_errors")

// run serves until ctx ends, and then waits for the requests in progress.
func run(ctx context.Context, listener net.Listener, c config) (err error) {
	store, err := sqlitestore.Open(ctx, c.file, nil)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	defer func() { err = errors.Join(err, store.Close()) }() // last, because everything else uses it

	sessions, err := atomicsession.New(store, &atomicsession.Options{
		MaxAge:               30 * 24 * time.Hour, // of visitors who want to be remembered: see login
		AnonymousMaxAge:      24 * time.Hour,
		AbsoluteMaxAge:       90 * 24 * time.Hour,
		TouchInterval:        5 * time.Minute,
		SignIn:               "/login",
		Cookie:               atomicsession.CookieOptions{NonPersistent: true}, // except for those visitors
		SigningKeys:          c.keys,
		CSRF:                 atomicsession.CSRFOptions{TrustedOrigins: []string{c.origin}},
		PrefetchTakesNothing: true,
		NoStoreSignedIn:      true,
		Logger:               slog.Default(),
		OnError:              func(context.Context, error) { storeErrors.Add(1) },
	})
	if err != nil {
		return errors.Join(err, listener.Close())
	}

	ctx, stop := context.WithCancel(ctx)
	var sweeper sync.WaitGroup
	defer sweeper.Wait()
	defer stop()
	sweeper.Go(func() { _ = sessions.RunSweeper(ctx, 10*time.Minute) })

	ending := make(chan struct{})
	site := &site{sessions: sessions, ending: ending}
	server := &http.Server{
		Handler:           sessions.Middleware(http.MaxBytesHandler(sessions.ProtectCSRF(site.routes()), 1<<20)),
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
	}
	server.RegisterOnShutdown(func() { close(ending) }) // Shutdown waits for the streams, which wait for this

	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
		return fmt.Errorf("the server gave up: %w", err)
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
	defer cancel()
	err = server.Shutdown(grace)
	return errors.Join(err, server.Close()) // cuts off what is still at work
}
