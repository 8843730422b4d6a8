package engine

import (
	"fmt"
	"strings"

	"poise/decimal"
)

func show(b *strings.Builder, values ...any) {
	for _, v := range values {
		fmt.Fprintf(b, "%+v\n", v)
	}
}

type decimalD = decimal.D

var parseD = decimal.Parse
