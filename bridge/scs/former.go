package scsbridge

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"time"

	"github.com/alexedwards/scs/v2"
)

// find is FindCtx of a store that has it, else Find.
func find(ctx context.Context, store scs.Store, token string) ([]byte, bool, error) {
	if store, ok := store.(interface {
		FindCtx(context.Context, string) ([]byte, bool, error)
	}); ok {
		return store.FindCtx(ctx, token)
	}
	return store.Find(token)
}

// remove is DeleteCtx of a store that has it, else Delete.
func remove(ctx context.Context, store scs.Store, token string) error {
	if store, ok := store.(interface {
		DeleteCtx(context.Context, string) error
	}); ok {
		return store.DeleteCtx(ctx, token)
	}
	return store.Delete(token)
}

// decode is the Decode of a codec; a type that reads itself may panic over what is damaged. Its errors hold nothing of a session: what
// Codecs of others say may, gob's names types.
func decode(codec scs.Codec, bytes []byte) (deadline time.Time, values map[string]any, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the Codec has panicked with a %T", r)
		}
	}()
	deadline, values, err = codec.Decode(bytes)
	if _, ok := codec.(scs.GobCodec); err != nil && !ok {
		err = fmt.Errorf("the Codec has failed with a %T", err)
	}
	return deadline, values, err
}

// hashed returns what HashTokenInStore makes of a token.
func hashed(token string) string {
	hash := sha256.Sum256([]byte(token))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}
