package demo

import (
	"net/http"
	"sync"
)

// faults stand in front of the demo and answer some requests in its place.
type faults struct {
	demo http.Handler

	mu     sync.Mutex
	routes map[string]http.HandlerFunc // by "METHOD /path"
}

func (f *faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	handler := f.routes[r.Method+" "+r.URL.Path]
	f.mu.Unlock()
	if handler == nil {
		handler = f.demo.ServeHTTP
	}
	handler(w, r)
}

// set has the handler answer a route, the demo again if it is nil.
func (f *faults) set(route string, handler http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.routes == nil {
		f.routes = make(map[string]http.HandlerFunc)
	}
	f.routes[route] = handler
}
