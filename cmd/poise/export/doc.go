// Package export writes rows of a store as CSV, JSON lines or Parquet, one row
// after the other: memory stays the same however many there are.
//
// All formats have the same columns, under the names that the API has. An
// amount is the exchange's own digits in each, so in JSON and Parquet it is a
// string: a DECIMAL column would have one scale for all assets, and
// 0.00000000 would become 0.
//
//	          amount         time                         what is not there
//	csv       digits         RFC 3339 with ms, in a zone  nothing
//	jsonl     string         Unix milliseconds            null
//	parquet   STRING         TIMESTAMP(MILLIS, UTC)       null
//
// CSV is that of RFC 4180: a header, CRLF, quotes where they are needed. A text
// (never an amount) that a spreadsheet would take for a formula, or that begins
// with an apostrophe, gets an apostrophe before it; one taken away from each
// text that begins with one gives back what was there.
package export
