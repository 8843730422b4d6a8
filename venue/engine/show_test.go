package engine

import (
	"fmt"
	"strings"
)

func show(b *strings.Builder, values ...any) {
	for _, v := range values {
		fmt.Fprintf(b, "%+v\n", v)
	}
}
