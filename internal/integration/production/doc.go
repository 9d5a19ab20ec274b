// Command production is the program that docs/production.md shows, so that it is compiled and tested. The page has main.go and
// site.go as they are here.
package main
