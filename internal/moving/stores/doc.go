// Package stores holds the proof that the sessions of scs and of gorilla/sessions are carried over out of every store that these have: the
// real libraries write them to real servers, and a browser's cookie jar goes from the old application to the new one.
package stores
