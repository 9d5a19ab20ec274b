package redisstore

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/atomicsession/atomicsession/drivertest/faultproxy"
	"github.com/atomicsession/atomicsession/internal/storetest"
)

// TestEvictionWarning opens stores on servers of every policy, some of which say nothing of it.
func TestEvictionWarning(t *testing.T) {
	for name, c := range map[string]struct {
		config string
		warns  bool
	}{
		"noeviction":             {"--maxmemory-policy noeviction", false},
		"allkeys-lru":            {"--maxmemory-policy allkeys-lru", true},
		"volatile-ttl":           {"--maxmemory-policy volatile-ttl", true},
		"INFO is forbidden":      {"--maxmemory-policy allkeys-lru --user default on nopass ~* &* +@all -info", true},
		"both are forbidden":     {"--maxmemory-policy allkeys-lru --user default on nopass ~* &* +@all -info -config", false},
		"both are other's names": {"--maxmemory-policy allkeys-lru --rename-command INFO i --rename-command CONFIG c", false},
	} {
		srv := newServer(t, strings.Fields(c.config)...)
		var log bytes.Buffer
		s, err := Open(t.Context(), "redis://"+srv.Addr, &Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		k, now := create(t, s, "ann", `{"n":1}`)
		counts(t, s, k, now, 1)
		s.Close()
		warned := strings.Contains(log.String(), "level=WARN") && strings.Contains(log.String(), srv.Addr) && strings.Contains(log.String(), "noeviction")
		if warned != c.warns || strings.Count(log.String(), "\n") > 1 || !c.warns && log.Len() > 0 {
			t.Errorf("%s: the log says %q", name, log.String())
		}
	}
}

// TestPolicySilence has a server that accepts connections and does not answer about its policy: Open goes on without.
func TestPolicySilence(t *testing.T) {
	p := storetest.Proxy(t, address)
	p.Plan(func(request []byte) faultproxy.Fault {
		if bytes.Contains(request, []byte("memory")) {
			return faultproxy.HalfOpen
		}
		return faultproxy.None
	})
	var log bytes.Buffer
	start := time.Now()
	s, err := Open(t.Context(), "redis://"+p.Addr(), &Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if took := time.Since(start); took > 10*time.Second || took < policyTime/2 || log.Len() > 0 {
		t.Errorf("it took %v and said %q", took, log.String())
	}
}
