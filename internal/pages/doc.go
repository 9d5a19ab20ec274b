// Package pages holds the project's Markdown to the truth: every link leads somewhere, every command exists, every piece of Go is
// compiled and tested, and the README's first program prints what the README says.
package pages
