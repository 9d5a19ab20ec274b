package sqlitestore_test

import (
	"testing"

	"github.com/atomicsession/atomicsession/internal/heavy"
)

func BenchmarkNeighbour(b *testing.B) { heavy.BenchmarkNeighbour(b, open(b, newPath(b), nil)) }
