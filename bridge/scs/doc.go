// Package scsbridge keeps the sessions of an application of scs (github.com/alexedwards/scs/v2) in a store of this library.
package scsbridge
