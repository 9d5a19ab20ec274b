package mongostore_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/drivertest"
)

// TestTwins looks for what this store acknowledges and the server has not done: a command returns the record before, and the answer
// is worked out. It takes more updates than other stores are tried with, since servers differ from one another.
func TestTwins(t *testing.T) { drivertest.Random(t, open, 10_000) }
