package follower

import "hash/maphash"

// Bounds of what a merger remembers.
const (
	mergeMost = 16_384        // messages of one account
	mergeLong = 5 * 60 * 1000 // ms that a message is remembered
	lineIDs   = 8             // line ids are 1..7
)

var seedA, seedB = maphash.MakeSeed(), maphash.MakeSeed()

// digest stands for a message's bytes: two hashes of 64 bits under seeds that
// nobody outside knows.
type digest [2]uint64

func digestOf(data []byte) digest {
	return digest{maphash.Bytes(seedA, data), maphash.Bytes(seedB, data)}
}

// merger keeps each message of one account once, whatever the number of lines
// that bring it: the k-th time that a content is heard on one line is the same
// message as the k-th time on another. Both lines keep the exchange's order, so
// the first to arrive of each is in it too.
type merger struct {
	// order is a ring of the contents that were heard, oldest first; its length is a
	// power of two.
	order      []content
	head, size int
	index      map[digest]int32 // in order; nil while few are looked through
}

// content counts one content.
type content struct {
	digest digest
	at     int64 // ms: when it was first heard
	kept   uint8
	heard  [lineIDs - 1]uint8
}

// lookMost is how many contents are looked through without an index.
const lookMost = 32

// first reports whether a message that is heard on a line now is one that no
// line has brought before.
func (m *merger) first(line uint8, data []byte, now int64) bool {
	m.forget(now)
	d := digestOf(data)
	at := m.find(d)
	if at < 0 {
		at = m.add(content{digest: d, at: now})
	}
	c := &m.order[at]
	n := &c.heard[(line-1)%(lineIDs-1)]
	if *n < 255 {
		*n++
	}
	if *n <= c.kept {
		return false
	}
	c.kept = *n
	return true
}

// find returns where a content is, or -1. The other line's last ones are looked at
// first.
func (m *merger) find(d digest) int {
	if m.index != nil {
		if at, ok := m.index[d]; ok {
			return int(at)
		}
		return -1
	}
	for i := m.size - 1; i >= 0; i-- {
		if at := m.slot(i); m.order[at].digest == d {
			return at
		}
	}
	return -1
}

// slot is where the i-th oldest is.
func (m *merger) slot(i int) int { return (m.head + i) & (len(m.order) - 1) }

func (m *merger) add(c content) int {
	if m.size == mergeMost {
		m.drop()
	}
	if m.size == len(m.order) {
		m.grow()
	}
	at := m.slot(m.size)
	m.order[at] = c
	m.size++
	if m.index != nil {
		m.index[c.digest] = int32(at)
	}
	return at
}

// grow doubles the ring, and indexes one that is large.
func (m *merger) grow() {
	order := make([]content, max(8, 2*len(m.order)))
	for i := range m.size {
		order[i] = m.order[m.slot(i)]
	}
	m.order, m.head = order, 0
	if len(order) <= lookMost {
		return
	}
	m.index = make(map[digest]int32, len(order))
	for i := range m.size {
		m.index[order[i].digest] = int32(i)
	}
}

func (m *merger) drop() {
	delete(m.index, m.order[m.head].digest)
	m.head = m.slot(1)
	m.size--
}

// forget drops what is too old to come once more.
func (m *merger) forget(now int64) {
	for m.size > 0 && m.order[m.head].at < now-mergeLong {
		m.drop()
	}
	if m.size == 0 && len(m.order) > 8 {
		*m = merger{} // give the memory back
	}
}
