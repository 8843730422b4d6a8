// Package decimal holds exact numbers of money and price.
//
// A [D] is a signed coefficient of up to 122 bits and a scale of 0 to 31
// digits after the point, packed into 16 bytes without a pointer: 36 digits
// always fit, so a wallet of 1e12 coins at 8 decimals and a price at 10 are far
// from the edge. Zero digits at the end are kept, since the exchange's "0",
// "0.0" and "0.00000000" are different texts of one value: two D are the same
// text when ==, and the same value when [D.Equal].
//
// Addition, subtraction and multiplication are exact or fail. Division rounds
// once, at a scale and in a direction that the caller names; [MulQuo] and
// [MulQuo2] keep the product whole until that one rounding, so a PnL of an
// inverse contract needs no intermediate digits. Nothing here wraps, rounds in
// silence or panics on data: errors are [ErrSyntax], [ErrOverflow] and
// [ErrDivideByZero].
//
// What may not live here: any knowledge of messages, assets or contracts, and
// any float.
package decimal
