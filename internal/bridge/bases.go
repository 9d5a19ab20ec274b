package bridge

import (
	"runtime"
	"sync"
	"weak"
)

// Bases remembers what was loaded into values that another library keeps, for as long as it keeps them: from it and what has become of
// the values, the bridge knows what was changed. The zero Bases is empty. It is safe for concurrent use.
type Bases[T, B any] struct {
	mu sync.Mutex
	of map[weak.Pointer[T]]B
}

// Put remembers base for what p points to, in the place of the one before.
func (b *Bases[T, B]) Put(p *T, base B) {
	key := weak.Make(p)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.of == nil {
		b.of = make(map[weak.Pointer[T]]B)
	}
	if _, known := b.of[key]; !known {
		runtime.AddCleanup(p, b.forget, key)
	}
	b.of[key] = base
}

// Get returns what was put last for what p points to, the zero B if nothing was.
func (b *Bases[T, B]) Get(p *T) B {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.of[weak.Make(p)]
}

// Len returns for how many values something is remembered.
func (b *Bases[T, B]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.of)
}

func (b *Bases[T, B]) forget(key weak.Pointer[T]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.of, key)
}
