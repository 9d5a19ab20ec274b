package demo

import (
	"errors"
	"net/http"

	"github.com/atomicsession/atomicsession"
	"github.com/atomicsession/atomicsession/cmd/atomicsession/internal/loadsave"
)

// The handlers of the logout race: a slow request is under way when the visitor signs out.

func (r *races) logoutRoutes(mux *http.ServeMux) {
	routes := http.NewServeMux()
	for pattern, handler := range map[string]answer{
		"POST /api/logout-race/atomic":     r.loginAtomic,
		"PUT /api/logout-race/atomic":      r.slowAtomic,
		"DELETE /api/logout-race/atomic":   r.logoutAtomic,
		"GET /api/logout-race/atomic":      r.aliveAtomic,
		"POST /api/logout-race/loadsave":   r.loginLoadSave,
		"PUT /api/logout-race/loadsave":    r.slowLoadSave,
		"DELETE /api/logout-race/loadsave": r.logoutLoadSave,
		"GET /api/logout-race/loadsave":    r.aliveLoadSave,
	} {
		routes.Handle(pattern, handler)
	}
	mux.Handle("/api/logout-race/", r.throwaway.Middleware(jsonErrors(routes)))
}

type signedIn struct {
	SignedIn bool `json:"signed_in"`
}

var (
	racer = atomicsession.NewKey[string]("user")
	theme = atomicsession.NewKey[string]("theme")
)

func (r *races) loginAtomic(_ http.ResponseWriter, req *http.Request) (any, error) {
	return signedIn{true}, r.throwaway.Get(req.Context()).Reset(req.Context(), racer.Set("ada"))
}

func (r *races) slowAtomic(_ http.ResponseWriter, req *http.Request) (any, error) {
	ctx := req.Context()
	s := r.throwaway.Get(ctx)
	if _, ok, err := racer.Get(ctx, s); err != nil || !ok {
		return signedIn{false}, err
	}
	if err := pause(ctx, slowWork); err != nil {
		return nil, err
	}
	return signedIn{true}, s.Update(ctx, theme.Set("dark"))
}

func (r *races) logoutAtomic(_ http.ResponseWriter, req *http.Request) (any, error) {
	return signedIn{false}, r.throwaway.Get(req.Context()).Destroy(req.Context())
}

func (r *races) aliveAtomic(_ http.ResponseWriter, req *http.Request) (any, error) {
	_, ok, err := racer.Get(req.Context(), r.throwaway.Get(req.Context()))
	return signedIn{ok}, err
}

func (r *races) loginLoadSave(w http.ResponseWriter, _ *http.Request) (any, error) {
	return signedIn{true}, r.throwawayLoadsave.Begin(w, loadsave.Data{"user": "ada"})
}

func (r *races) slowLoadSave(w http.ResponseWriter, req *http.Request) (any, error) {
	err := r.throwawayLoadsave.Change(w, req, func(data loadsave.Data) error {
		data["theme"] = "dark"
		return pause(req.Context(), slowWork)
	})
	if errors.Is(err, loadsave.ErrNoSession) {
		return signedIn{false}, nil
	}
	return signedIn{true}, err
}

func (r *races) logoutLoadSave(w http.ResponseWriter, req *http.Request) (any, error) {
	r.throwawayLoadsave.Destroy(w, req)
	return signedIn{false}, nil
}

func (r *races) aliveLoadSave(_ http.ResponseWriter, req *http.Request) (any, error) {
	data, err := r.throwawayLoadsave.Load(req)
	if errors.Is(err, loadsave.ErrNoSession) {
		err = nil
	}
	return signedIn{data["user"] != nil}, err
}
