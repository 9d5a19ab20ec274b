package redisstore

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/rueidis"
)

// policyTime is how long Open may take to ask servers for their eviction policy.
const policyTime = time.Second

// warnOfEviction tells the log of a server that evicts keys when its memory is full. A server that may not be asked, or that
// does not answer, is taken to be in order: whatever is wrong with it shows at the first use.
func (s *Store) warnOfEviction(ctx context.Context, log *slog.Logger) {
	ctx, cancel := context.WithTimeout(ctx, min(policyTime, s.timeout))
	defer cancel()
	for addr, node := range s.client.Nodes() {
		if policy := evictionPolicy(ctx, node); policy != "" && policy != "noeviction" {
			log.WarnContext(ctx, "redisstore: when its memory is full, the server ends sessions, or hides them from lists and revocations of "+
				"their users; set maxmemory-policy to noeviction", "server", addr, "maxmemory-policy", policy)
		}
	}
}

// evictionPolicy returns a server's maxmemory-policy, "" if it does not say.
func evictionPolicy(ctx context.Context, node rueidis.Client) string {
	text, err := node.Do(ctx, node.B().Info().Section("memory").Build()).ToString()
	for line := range strings.Lines(text) {
		if policy, ok := strings.CutPrefix(strings.TrimSpace(line), "maxmemory_policy:"); ok && err == nil {
			return policy
		}
	}
	settings, err := node.Do(ctx, node.B().ConfigGet().Parameter("maxmemory-policy").Build()).AsStrMap()
	if err != nil {
		return ""
	}
	return settings["maxmemory-policy"]
}
