package gorillabridge

import "github.com/gorilla/sessions"

// GinOptions is implemented by type Options of github.com/gin-contrib/sessions.
type GinOptions interface{ ToGorillaOptions() *sessions.Options }

// GinStore is a store for github.com/gin-contrib/sessions, whose Options O is. See [Gin].
type GinStore[O GinOptions] struct{ *Store }

// Gin returns the store in the form that github.com/gin-contrib/sessions wants:
//
//	router.Use(sessions.Sessions("mysession", gorillabridge.Gin[sessions.Options](store)))
func Gin[O GinOptions](store *Store) GinStore[O] { return GinStore[O]{store} }

// Options sets the Options of the store.
func (s GinStore[O]) Options(options O) { s.Store.Options = options.ToGorillaOptions() }
