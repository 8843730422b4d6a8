// Package inverse holds the arithmetic of coin-margined ("inverse") contracts:
// contracts of a fixed number of dollars, whose margin, profit and fees are
// paid in the coin.
//
// A newcomer needs three types. A [Contract] knows the dollars of one contract.
// A [Position] is a count of contracts, short negative, and what they cost in
// coin. [Brackets] is the table of maintenance margin rates. Everything else is
// a function of these and a price, and every amount is in coin.
//
// # Formulas
//
// n contracts of CS dollars, d = +1 long and -1 short, EP entry, MP mark, P a
// fill's price. The sections, as in [4 CALC], are those of this project's notes
// on the exchange, which are kept outside of the repository; the tag says how far
// each is known: DOC printed by the exchange's documentation, REC recorded, CALC
// recomputed here from printed numbers, INFERRED otherwise.
//
//	quantity             formula                             last digit              section, tag
//	entry cost           n·CS/P of each fill, summed         cut at 13               4 CALC, five samples; cut INFERRED
//	entry price          n·CS/cost                           half up, 8 or as asked  4 CALC, the same five
//	notional             n·CS/MP                             cut at 8                4 CALC
//	base quantity        n·CS/P                              half up at 8            4 DOC
//	PnL, unrealised      d·n·CS·(1/EP - 1/MP)                cut at 8                4 DOC, CALC
//	PnL, realised        d·q·CS·(1/EP - 1/P)                 cut at 8                4 CALC; the cut INFERRED
//	commission           n·CS/P·rate                         cut at 8                4 REC
//	break-even price     EP·(1 + d·paid/cost)                half up, 8 or as asked  4 CALC two longs; else INFERRED
//	funding              -d·n·CS/MP·rate                     half up at 8            4 DOC; the last digit INFERRED
//	initial margin       n·CS/MP/leverage                    cut at 8                4 CALC
//	maintenance margin   n·CS/MP·MMR - cum                   cut at 8                4 CALC
//	margin ratio         maintenance / margin balance        cut at 8                4 DOC; the scale ours
//	liquidation price    where that ratio is 1               cut at 8                4 CALC
//	delivery             realised PnL at the settlement      cut at 8                4 INFERRED
//
// Each is rounded once, from the exact numbers, and says so where it is written.
//
// # Entry cost
//
// The exchange keeps no entry price. It keeps the coin that the contracts were
// worth when they were filled, at 13 decimals, and prints n·CS/cost: so one
// contract filled at 11707.7 has the entry price 11707.70000003. A [Position]
// does the same. All five samples are of one fill, are longs as far as is known,
// and would be the same if the cost were rounded: that it is cut is the
// specification's word, and that each fill is cut alone, longs and shorts alike,
// is INFERRED.
//
// Realised PnL is taken from the cost and not from the printed price: the
// recorded ADA close of -0.70592310 has no entry price of 8 decimals that yields
// it (CALC). A reduction leaves the entry price as it is, to the last digit; see
// [Position].
//
// # What may not live here
//
// No messages, symbols, accounts, orders, clock or float; no maps ranged over
// and no state. What a venue does when the ratio reaches 1, and who receives
// the digits that rounding drops, is for the venue's books.
package inverse
