// Package wire turns the messages of a COIN-M user data stream into values, and
// values into the same bytes again.
//
// A [Decoder] reads one message into an [Event], which is reused; [Event.Append]
// writes it. All eight kinds of message are known, bare or in a
// {"stream":...,"data":...} envelope; any other JSON object is kept whole as
// [Unknown]. The answers of the REST endpoints that an account starts from have
// functions of their own: [DecodeAccountInfo], [DecodeBalances],
// [DecodePositionRisk], [DecodeIncome], [DecodeSnapshot].
//
// # What is promised
//
// Nothing is lost and nothing is made up. Money and prices are exact decimals,
// digit for digit. A field that was absent is absent from the Fields set of its
// object, not zero. Unknown keys, reasons and states are kept and written back.
// Key order is kept too, and whether a value was a string or a number, so a
// compact message comes back byte for byte; with white space or needless
// escapes it comes back compact.
//
// Every decimal may be a string or a JSON number, and every integer a number or
// a string of one, since the exchange has sent both.
//
// # What is refused
//
// Input is RFC 8259 JSON in UTF-8, whole, and nothing behind it. Errors are
// [*Error], with line, column, path and kind. These are stricter than
// encoding/json, on purpose:
//
//	a key given twice, anywhere               ErrDuplicateKey
//	bytes that are not UTF-8, half a pair     ErrUTF8
//	null in a known field                     ErrType
//	an integer as 1e3, 1.0 or -0              ErrType
//	1e5, +1, .5, 007, NaN as a decimal        ErrDecimal
//	no E in a known message, no a in an
//	ACCOUNT_UPDATE, no name in a row          ErrMissing
//	beyond MaxMessage, MaxDepth, MaxRows,
//	MaxKeys or MaxText                        ErrLimit
//
// and keys match exactly: "WB" is an unknown key, not wb.
//
// # How it is fast
//
// The rows of B and P are nearly all of a message, and the text between their
// values is the same from row to row. Rows in the documented or the recorded key
// order, compact, are read straight through, a key by one comparison of a word
// (straight.go), and written straight down (encode_straight.go). Of any other
// rows, reversed or indented, a decoder learns that text, a form, from the first
// one, and compares it a word at a time (fast.go and form.go). Whatever does not
// fit is read by the strict parser (object.go), which takes any order and learns
// the form; it, and nothing else, decides what is valid. Three passes are tried
// in turn, message in decode.go: fast, strict, and thorough, which alone reports
// errors. [Decoder.Stats] tells how often each was needed.
//
// # What may not live here
//
// No meaning of a message: what a wallet should be is account's business. No
// I/O, clock, goroutine or global state; no float, reflection or unsafe.
package wire
