// Command bench measures this project beside others and prints tables.
//
//	go run .           every table
//	go run . decode    ACCOUNT_UPDATE, decoded
//	go run . encode    ACCOUNT_UPDATE, encoded
//
// Flags go before or after the name; -h lists them. Ours and a peer alternate
// in slices of CPU time in one process ([poise/bench/pair]); a table's figure
// is the median of the paired ratios. Before anything is timed, every peer must
// have read or written the same values as ours.
package main
