//go:build race

package serve_test

const raced = true // by the race detector
