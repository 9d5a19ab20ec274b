package mongostore_test

import (
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/atomicsession/atomicsession/driver"
	"github.com/atomicsession/atomicsession/internal/faultproxy"
	"github.com/atomicsession/atomicsession/mongostore"
)

// proxied returns a store whose network can be made to fail, and one over the same collection whose network works. The
// client's own retries are off: they would hide those of the store, and need a replica set.
func proxied(t *testing.T) (faulty, direct driver.Store, p *faultproxy.Proxy) {
	t.Helper()
	coll := collection(t)
	p, opts := proxy(t)
	return mongostore.New(twin(t, coll, opts), nil), mongostore.New(coll, nil), p
}

func proxy(t *testing.T) (*faultproxy.Proxy, *options.ClientOptions) {
	t.Helper()
	p, err := faultproxy.New(options.Client().ApplyURI(uri).Hosts[0])
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	opts := options.Client().SetHosts([]string{p.Addr()}).SetDirect(true).SetRetryWrites(false).SetRetryReads(false)
	return p, opts
}

func waitFor(t *testing.T, happened func() bool) {
	t.Helper()
	for range 1000 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("it did not happen")
}
