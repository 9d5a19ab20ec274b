package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/atomicsession/atomicsession/internal/bench/result"
)

// The peers that the report treats differently from libraries.
const (
	ours    = "atomicsession"
	control = "atomicsession again"
	byHand  = "by hand"
)

var (
	storeOrder     = []string{"memory", "SQLite", "MongoDB", "Redis", "PostgreSQL"}
	operationOrder = []string{result.Unused, result.Read, result.Write, result.TenWrites, result.TenInOne}
)

// displayName is what the reader is told of a peer.
func displayName(peer string) string {
	if peer == control {
		return "noise control"
	}
	return peer
}

// isLibrary is whether the peer is another library.
func isLibrary(peer string) bool { return peer != ours && peer != control && peer != byHand }

func compareStores(a, b string) int { return compareIn(storeOrder, a, b) }

// compareOperations puts those over HTTP behind the others.
func compareOperations(a, b string) int {
	if overHTTP(a) != overHTTP(b) {
		if overHTTP(a) {
			return 1
		}
		return -1
	}
	inProcess := func(op string) string { return strings.TrimSuffix(op, result.OverHTTP) }
	return compareIn(operationOrder, inProcess(a), inProcess(b))
}

func overHTTP(operation string) bool { return strings.HasSuffix(operation, result.OverHTTP) }

// compareIn compares by the place in order; what is not in it comes last, by name.
func compareIn(order []string, a, b string) int {
	place := func(s string) int {
		if i := slices.Index(order, s); i >= 0 {
			return i
		}
		return len(order)
	}
	return cmp.Or(cmp.Compare(place(a), place(b)), strings.Compare(a, b))
}

// comparePeers puts atomicsession first, then the libraries by name, then what is no library.
func comparePeers(a, b string) int {
	rank := func(peer string) int {
		switch peer {
		case ours:
			return 0
		case byHand:
			return 2
		case control:
			return 3
		}
		return 1
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a, b))
}

func compareWhos(a, b result.Who) int {
	return cmp.Or(compareStores(a.Store, b.Store), comparePeers(a.Peer, b.Peer))
}

// cellKind is what a request was measured at.
type cellKind struct {
	Operation string
	Size      int
	Clients   int
}

func kindOf(c result.Cost) cellKind { return cellKind{c.Operation, c.Size, c.Clients} }

func compareKinds(a, b cellKind) int {
	return cmp.Or(compareOperations(a.Operation, b.Operation), cmp.Compare(a.Size, b.Size), cmp.Compare(a.Clients, b.Clients))
}

// typicalCell is the write whose size and number of clients are nearest to 2 KB and 16.
func typicalCell(costs []result.Cost) cellKind {
	writes := keep(costs, func(c result.Cost) bool { return c.Operation == result.Write })
	return cellKind{
		result.Write,
		nearest(2000, distinct(writes, func(c result.Cost) int { return c.Size }, cmp.Compare[int])),
		nearest(16, distinct(writes, func(c result.Cost) int { return c.Clients }, cmp.Compare[int])),
	}
}

// nearest is the value whose quotient with want is nearest to 1, or 0 if there are none.
func nearest(want int, values []int) int {
	if len(values) == 0 {
		return 0
	}
	distance := func(v int) float64 { return math.Abs(math.Log(float64(v) / float64(want))) }
	return slices.MinFunc(values, func(a, b int) int { return cmp.Compare(distance(a), distance(b)) })
}

// distinct is the keys of the items, each once, in order.
func distinct[T any, K comparable](items []T, key func(T) K, compare func(a, b K) int) []K {
	var keys []K
	for _, item := range items {
		if k := key(item); !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, compare)
	return keys
}

// keep is the items that match.
func keep[T any](items []T, match func(T) bool) []T {
	var kept []T
	for _, item := range items {
		if match(item) {
			kept = append(kept, item)
		}
	}
	return kept
}

func storesOf(costs []result.Cost) []string {
	return distinct(costs, func(c result.Cost) string { return c.Store }, compareStores)
}

func peersOf(costs []result.Cost) []string {
	return distinct(costs, func(c result.Cost) string { return c.Peer }, comparePeers)
}

// findCost is the cell of a peer on a store, or nil.
func findCost(costs []result.Cost, who result.Who, kind cellKind) *result.Cost {
	i := slices.IndexFunc(costs, func(c result.Cost) bool { return c.Who == who && kindOf(c) == kind })
	if i < 0 {
		return nil
	}
	return &costs[i]
}
