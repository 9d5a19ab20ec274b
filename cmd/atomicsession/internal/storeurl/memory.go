package storeurl

import (
	"context"
	"log/slog"

	"github.com/atomicsession/atomicsession/memstore"
)

var memoryScheme = scheme{"memory", []string{"memory"}, "memory:", parseMemory}

func parseMemory(text string) (*URL, error) {
	if text != "memory:" {
		return nil, refuse("write memory: with nothing after it")
	}
	return &URL{open: func(context.Context, Mode, *slog.Logger) (*Opened, error) {
		return &Opened{
			Store: memstore.New(nil),
			Name:  "memory, gone when this process ends",
			close: func() error { return nil },
		}, nil
	}}, nil
}
