// Package crowd holds the proof, in numbers, that an application moves and nobody is signed out: visitors who have signed in at an application
// of another library send their first requests to servers of this one, all at once, while servers are killed.
//
//	go test -v . -visitors=1000
package crowd
