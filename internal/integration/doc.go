// Package integration holds tests of the middleware with the servers, clients and websocket libraries that applications
// use it with, and a test of how Chromium shows the pictures of the documentation. It is a module of its own so that the library
// depends on none of them, and is never released.
package integration
