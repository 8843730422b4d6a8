package decimal_test

import (
	"errors"
	"fmt"

	"poise/decimal"
)

// The unrealised PnL of 2 contracts of 100 USD, entry to mark, as the exchange
// prints it: n·CS·(MP-EP)/(EP·MP), cut to 8 decimals once.
func Example() {
	entry, mark := decimal.MustParse("37643.10000021"), decimal.MustParse("38103.05510455")
	change, err := mark.Sub(entry)
	if err != nil {
		fmt.Println(err)
		return
	}
	pnl, err := decimal.MulQuo2(decimal.New(200, 0), change, entry, mark, 8, decimal.ToZero)
	fmt.Println(pnl, err)

	_, err = decimal.Parse("1e5")
	fmt.Println(err, errors.Is(err, decimal.ErrSyntax))
	// Output:
	// 0.00006413 <nil>
	// not a plain decimal: "1e5" true
}

// Texts differ where values do not.
func ExampleD_Equal() {
	a, b := decimal.MustParse("0.0"), decimal.MustParse("0.00000000")
	fmt.Println(a, b, a == b, a.Equal(b))
	// Output: 0.0 0.00000000 false true
}

func ExampleD_Quo() {
	a, b := decimal.New(-5, 0), decimal.New(4, 0)
	for _, r := range []decimal.Rounding{decimal.ToZero, decimal.HalfUp, decimal.HalfEven} {
		q, err := a.Quo(b, 1, r)
		fmt.Println(q, err)
	}
	// Output:
	// -1.2 <nil>
	// -1.3 <nil>
	// -1.2 <nil>
}
