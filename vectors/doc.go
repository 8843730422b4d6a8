// Package vectors is messages of the user data stream and what a decoder of any
// language must make of them: the values, digit for digit, or the named error
// and its place. README.md tells the format; the test runs poise/wire on all.
package vectors
