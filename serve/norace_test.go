//go:build !race

package serve_test

const raced = false // by the race detector
