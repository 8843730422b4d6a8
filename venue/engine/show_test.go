package engine

import (
	"fmt"
	"strings"
	"testing"

	"poise/decimal"
)

func show(b *strings.Builder, values ...any) {
	for _, v := range values {
		fmt.Fprintf(b, "%+v\n", v)
	}
}

type decimalD = decimal.D

var parseD = decimal.Parse

// commandsOf is fewer where time is short.
func commandsOf(n int) int {
	if testing.Short() {
		return n / 2
	}
	return n
}
