package main

import _ "embed"

// sample is a day of an invented account, in the exchange's form: two coins,
// hedge and isolated positions, funding, and one fill whose ORDER_TRADE_UPDATE
// was lost.
//
//go:embed sample.jsonl
var sample []byte
