package account

// RecordKind tells what a [Record] holds. The values are on disk.
type RecordKind uint8

const (
	// Frame is a message of the user data stream, byte for byte as heard.
	Frame RecordKind = 1
	// Snapshot is REST answers: {"account":...,"balance":...,"positionRisk":...},
	// each the exchange's own bytes, each optional.
	Snapshot RecordKind = 2
	// Income is the exchange's own array of /income rows.
	Income RecordKind = 3
	// Line is what happened to a connection or a key, as a [LineEvent] in JSON.
	Line RecordKind = 4
)

// Record is one thing that was heard about one account: what the journal
// keeps, and all that [Books] are a function of.
type Record struct {
	Account  string     // the account's name in the configuration
	Position uint64     // in the journal of its partition, from 1, rising by 1
	Kind     RecordKind // how to read Data
	Line     uint8      // of which connection
	Received int64      // when, Unix nanoseconds; 0 is not known
	Data     []byte
}
