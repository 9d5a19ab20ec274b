package demo

import (
	"net/http"
	"path"
	"sync"
)

// faults stand in front of the demo and answer some requests in its place.
type faults struct {
	demo http.Handler

	mu     sync.Mutex
	routes map[string]http.HandlerFunc // by "METHOD /path", in which * stands for one segment
}

func (f *faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.find(r)(w, r)
}

func (f *faults) find(r *http.Request) http.HandlerFunc {
	f.mu.Lock()
	defer f.mu.Unlock()
	for route, handler := range f.routes {
		if ok, err := path.Match(route, r.Method+" "+r.URL.Path); ok && err == nil {
			return handler
		}
	}
	return f.demo.ServeHTTP
}

// set has the handler answer a route, the demo again if it is nil.
func (f *faults) set(route string, handler http.HandlerFunc) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.routes == nil {
		f.routes = make(map[string]http.HandlerFunc)
	}
	if f.routes[route] = handler; handler == nil {
		delete(f.routes, route)
	}
}
