// Package linearizable judges a store by what it has answered.
package linearizable
