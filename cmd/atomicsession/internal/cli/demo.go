package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	demopage "github.com/atomicsession/atomicsession/cmd/atomicsession/internal/demo"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/storeurl"
)

const defaultAddr = "127.0.0.1:8080"

var demo = command{
	name: "demo", synopsis: "[FLAG...]", summary: "serve the demo in a browser",
	define: defineDemo,
	about: `It prints where the page is, and runs until it is interrupted: its regular end, with status 0.
Without a store it keeps the sessions in a SQLite file in the user's cache directory.

  atomicsession demo
  atomicsession demo --store memory: --addr 127.0.0.1:0
  atomicsession demo --https
`,
}

type demoOptions struct {
	addr, cert, key string
	https           bool // with a certificate of this run
	store           *storeFlags
}

func defineDemo(flags *flag.FlagSet, env Environment) func(context.Context) error {
	var o demoOptions
	flags.StringVar(&o.addr, "addr", defaultAddr, "the `HOST:PORT` to listen on; port 0 picks a free one")
	flags.BoolVar(&o.https, "https", false, "serve HTTPS on loopback, with a certificate made for this run")
	flags.Func("tls-cert", "the `FILE` with the certificate, to serve HTTPS; needed beyond loopback", given(&o.cert, "file"))
	flags.Func("tls-key", "the `FILE` with the certificate's key", given(&o.key, "file"))
	o.store = defineStore(flags)
	return func(ctx context.Context) error { return o.run(ctx, env) }
}

func (o demoOptions) tls() bool { return o.https || o.cert != "" }

// tlsConfig returns nil without TLS.
func (o demoOptions) tlsConfig(ctx context.Context) (*tls.Config, error) {
	switch {
	case (o.cert == "") != (o.key == ""):
		return nil, misused("--tls-cert and --tls-key go together")
	case o.https && o.cert != "":
		return nil, misused("--https and --tls-cert exclude each other")
	case o.https:
		return localTLS(time.Now())
	case o.cert == "":
		return nil, nil
	}
	pair, err := await(ctx, func() (tls.Certificate, error) { return tls.LoadX509KeyPair(o.cert, o.key) })
	if err != nil {
		return nil, fmt.Errorf("--tls-cert and --tls-key: %w", withheld(err))
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}}, nil
}

func (o demoOptions) run(ctx context.Context, env Environment) (err error) {
	config, err := o.tlsConfig(ctx)
	if err != nil {
		return err
	}
	url, err := o.store.choose(ctx, env)
	if err != nil {
		return err
	}
	listener, err := o.listen(ctx)
	if err != nil {
		return err
	}
	defer listener.Close()
	if url == "" {
		if url, err = defaultStore(); err != nil {
			return err
		}
	}
	log := logger(env)
	opened, err := o.store.open(ctx, url, storeurl.Create, env, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, opened.Close()) }()
	d, err := demopage.New(opened.Store, demopage.Options{
		InsecureHTTP: !o.tls(), Loopback: o.https, Logger: log,
		Store: opened.Kind, StoreTimeout: min(o.store.timeout, writeTimeout/2), // so that there is an answer
	})
	if err != nil {
		return err
	}
	url = o.url(listener.Addr().(*net.TCPAddr))
	about := fmt.Sprintf("atomicsession demo: %s\nsessions are in: %s\n", url, opened.Name)
	if o.https {
		about += aboutCertificate(config.Certificates[0])
	}
	if _, err := io.WriteString(env.Stdout, about); err != nil {
		return err
	}
	return serve(ctx, listener, config, d, log)
}

// url returns where to find what listens at addr, which may stand for all addresses.
func (o demoOptions) url(addr *net.TCPAddr) string {
	scheme := "http"
	if o.tls() {
		scheme = "https"
	}
	if addr.IP.IsUnspecified() {
		return fmt.Sprintf("%s://localhost:%d (and on all addresses of this machine)", scheme, addr.Port)
	}
	return scheme + "://" + addr.String()
}

// listen listens on the address, which is one of loopback unless there is TLS: cookies do not travel a network in clear.
func (o demoOptions) listen(ctx context.Context) (net.Listener, error) {
	if o.addr == "" || strings.Contains(o.addr, "@") { // as in what is left of a URL with a password
		return nil, misused("--addr takes HOST:PORT, such as %s", defaultAddr)
	}
	addr, err := await(ctx, func() (*net.TCPAddr, error) { return net.ResolveTCPAddr("tcp", o.addr) })
	if ctx.Err() != nil {
		return nil, fmt.Errorf("--addr: %w", ctx.Err())
	}
	if err != nil {
		if e, ok := errors.AsType[*net.AddrError](err); ok { // its text quotes the address
			err = errors.New(e.Err)
		}
		return nil, misused("--addr: %v", err)
	}
	switch {
	case addr.IP.IsLoopback():
	case o.https:
		return nil, misused("--addr %s is reachable from other machines, and the certificate of --https is for loopback alone: "+
			"use %s, or give --tls-cert and --tls-key", o.addr, defaultAddr)
	case !o.tls():
		return nil, misused("--addr %s is reachable from other machines, and plain HTTP is for loopback alone: use %s, or give --tls-cert and --tls-key", o.addr, defaultAddr)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr.String())
	if err != nil {
		return nil, fmt.Errorf("%w (--addr 127.0.0.1:0 picks a free port)", err)
	}
	return listener, nil
}

// defaultStore names a file that outlives the demo, and does not litter the directory it is started in.
func defaultStore() (string, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no place for the sessions, name one with --store sqlite:PATH: %w", err)
	}
	dir := filepath.Join(cache, "atomicsession")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return "sqlite:" + filepath.Join(dir, "demo.db"), nil
}

// The server's limits of time. The longest request of the demo works for a second, and waits for the store.
const (
	readTimeout     = 10 * time.Second
	writeTimeout    = 30 * time.Second
	idleTimeout     = 2 * time.Minute
	shutdownTimeout = 5 * time.Second
	maxHeader       = 64 << 10
)

// serve serves until ctx ends, and then lets the requests that are under way come to their end. A nil config means plain
// HTTP.
func serve(ctx context.Context, listener net.Listener, config *tls.Config, d *demopage.Demo, log *slog.Logger) error {
	server := &http.Server{
		Handler:           d.Handler(),
		ReadHeaderTimeout: readTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		TLSConfig:         config,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ctx, stop := context.WithCancel(ctx)
	var background sync.WaitGroup
	defer background.Wait()
	defer stop()
	background.Go(func() { d.RunSweeper(ctx) })

	var shutdown error
	background.Go(func() {
		<-ctx.Done()
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
		defer cancel()
		if server.Shutdown(bounded) != nil { // some client is too slow, or has a connection open that it does not use yet, as browsers do
			shutdown = server.Close()
		}
	})
	var err error
	if config != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	stop()
	background.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, shutdown)
}
