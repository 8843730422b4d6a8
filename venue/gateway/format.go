package gateway

import (
	"encoding/json"
	"strconv"

	"poise/decimal"
)

// The number formats of REST.

// coin8 prints 8 decimals always: "0.00000000".
func coin8(d decimal.D) string {
	r, err := d.Round(8, decimal.ToZero)
	if err != nil {
		return d.String()
	}
	return r.String()
}

// zeroOr8 prints "0" for zero, else 8 decimals.
func zeroOr8(d decimal.D) string {
	if d.IsZero() {
		return "0"
	}
	return coin8(d)
}

// zeroPoint prints "0.0" for zero, else 8 decimals.
func zeroPoint(d decimal.D) string {
	if d.IsZero() {
		return "0.0"
	}
	return coin8(d)
}

// scaled prints a price at a scale: "0.00000", "0.66600".
func scaled(d decimal.D, scale int) string {
	r, err := d.Round(scale, decimal.ToZero)
	if err != nil {
		return d.String()
	}
	return r.String()
}

// zeroOr prints "0" for zero, else the price at its scale.
func zeroOr(d decimal.D, scale int) string {
	if d.IsZero() {
		return "0"
	}
	return scaled(d, scale)
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// number is a decimal as a JSON number.
func number(d decimal.D) json.Number { return json.Number(d.Trim().String()) }
