package setup

import (
	"context"
	"fmt"

	"github.com/atomicsession/atomicsession/internal/bench/backend"
)

// startServers starts those that the contestant keeps its sessions in, for it alone: what another one has left makes nobody slower. It returns the
// variables that tell the application where they are.
func (p *Process) startServers(ctx context.Context, names []string) (environment []string, err error) {
	for _, name := range names {
		variable := backend.Variable(name)
		if variable == "" {
			return nil, fmt.Errorf("no server %q", name)
		}
		b, err := backend.Start(ctx, name)
		if err != nil {
			return nil, err
		}
		p.servers = append(p.servers, b)
		p.Servers = append(p.Servers, b.Versions...)
		environment = append(environment, variable+"="+b.URL)
	}
	return environment, nil
}
