// Package gorillabridge keeps the sessions of an application of gorilla/sessions in the session of this library.
package gorillabridge
