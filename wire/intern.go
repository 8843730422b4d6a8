package wire

import "math/bits"

// Interning keeps one string for each of the few texts that messages repeat, so
// that reading one allocates nothing. A text is looked up by its bytes together
// with the closing quote, as up to three loaded words with zeros behind: the
// quote marks the length, since no text holds one, nor a zero byte, unescaped.

const (
	maxInterned  = 23   // bytes of an interned text
	internSlots  = 1024 // a power of two
	internProbes = 4
	internShift  = 64 - 10
	internMix1   = 0x9E3779B97F4A7C15
	internMix2   = 0xC2B2AE3D27D4EB4F
	internMix3   = 0x165667B19E3779F9
)

// internKey is a text of up to 23 bytes and its closing quote.
type internKey struct{ w0, w1, w2 uint64 }

type internEntry struct {
	key  internKey
	text string
}

// internTable is bounded: a text that finds its slots taken replaces one.
type internTable [internSlots]internEntry

func (k internKey) slot() uint64 {
	h := k.w0*internMix1 ^ bits.RotateLeft64(k.w1*internMix2, 29) ^ bits.RotateLeft64(k.w2*internMix3, 47)
	h ^= h >> 31
	return h * internMix1 >> internShift
}

// keyAt returns the key of the text whose first byte is at i, and its length;
// 0 when no quote is near, and also for an empty text.
func keyAt(b []byte, i int) (k internKey, n int) {
	w0 := word(b, i)
	if q := zeroBytes(w0 ^ '"'*ones); q != 0 {
		n = bits.TrailingZeros64(q) >> 3
		return internKey{w0: w0 & (1<<(8*n+8) - 1)}, n
	}
	w1 := word(b, i+8)
	if q := zeroBytes(w1 ^ '"'*ones); q != 0 {
		n = bits.TrailingZeros64(q) >> 3
		return internKey{w0, w1 & (1<<(8*n+8) - 1), 0}, n + 8
	}
	w2 := word(b, i+16)
	if q := zeroBytes(w2 ^ '"'*ones); q != 0 {
		n = bits.TrailingZeros64(q) >> 3
		return internKey{w0, w1, w2 & (1<<(8*n+8) - 1)}, n + 16
	}
	return internKey{}, 0
}

// find returns the text of a key, or nil.
func (t *internTable) find(k internKey) *string {
	h := k.slot()
	for n := range uint64(internProbes) {
		if e := &t[(h+n)%internSlots]; e.key == k {
			return &e.text
		}
	}
	return nil
}

// put keeps a text that find did not know.
func (t *internTable) put(k internKey, s string) {
	h := k.slot()
	at := &t[h]
	for n := range uint64(internProbes) {
		if e := &t[(h+n)%internSlots]; e.key == (internKey{}) {
			at = e
			break
		}
	}
	*at = internEntry{k, s}
}

// wordField reads a string of which few different ones are expected.
func (d *Decoder) wordField(i int, out, recent *string) int {
	if d.b[i] != '"' {
		return d.wrongType(i, "a string")
	}
	k, n := keyAt(d.b, i+1)
	if n == 0 {
		return d.textField(i, out, recent)
	}
	if s := d.tab.interned.find(k); s != nil {
		*out = *s
		return i + n + 2
	}
	if plainEnd(d.b, i+1) != i+1+n {
		return d.textField(i, out, recent)
	}
	*out = string(d.b[i+1 : i+1+n])
	d.tab.interned.put(k, *out)
	return i + n + 2
}
