// Package docs checks the Markdown of this repository, as a test.
//
// A block of Go code is quoted from a file that compiles: its lines stand in one Go
// file of the repository in the same order and without others between them. Indentation
// and empty lines do not count, and a line "// ..." stands for any lines left out.
// What no example shows is in a folder of snippets, which exists to be quoted.
//
// A relative link leads to a file of the repository, and its fragment to a heading.
package docs
