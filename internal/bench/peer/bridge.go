package peer

import (
	"context"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/bridge/gorilla"
	"github.com/atomicsession/atomicsession/bridge/scs"
)

// openSCSBridge is the application of scs on a store of ours.
func openSCSBridge(ctx context.Context, url, place string) (*App, error) {
	store, err := redisStore(ctx, url, place)
	if err != nil {
		return nil, err
	}
	sessions := newSCS()
	sessions.ErrorFunc = scsbridge.Use(sessions, store.Store, nil).ErrorFunc
	return &App{Handler: serveSCS(sessions), Close: store.Close}, nil
}

// openGorillaBridge is the application of gorilla/sessions on a store of ours.
func openGorillaBridge(ctx context.Context, url, place string) (*App, error) {
	store, err := redisStore(ctx, url, place)
	if err != nil {
		return nil, err
	}
	manager, err := atomicsession.New(store.Store, nil)
	if err != nil {
		store.Close()
		return nil, err
	}
	sessions := gorillabridge.New(manager)
	sessions.SignInKeys = []string{"user"}
	return &App{Handler: manager.Middleware(serveGorilla(sessions, atomicsession.StatusCode)), Close: store.Close}, nil
}
