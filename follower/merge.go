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
	seen map[digest]*copies
	// order is a ring of what is in seen, oldest first.
	order      []digest
	head, size int
}

// copies counts one content.
type copies struct {
	at    int64 // ms: when it was first heard
	kept  uint8
	heard [lineIDs]uint8
}

// first reports whether a message that is heard on a line now is one that no
// line has brought before.
func (m *merger) first(line uint8, data []byte, now int64) bool {
	m.forget(now)
	d := digestOf(data)
	c := m.seen[d]
	if c == nil {
		c = &copies{at: now}
		m.add(d, c)
	}
	n := &c.heard[line%lineIDs]
	if *n < 255 {
		*n++
	}
	if *n <= c.kept {
		return false
	}
	c.kept = *n
	return true
}

func (m *merger) add(d digest, c *copies) {
	if m.seen == nil {
		m.seen = map[digest]*copies{}
	}
	if m.size == len(m.order) {
		m.grow()
	}
	m.seen[d] = c
	m.order[(m.head+m.size)%len(m.order)] = d
	m.size++
}

// grow doubles the ring, or makes room in it at its bound.
func (m *merger) grow() {
	if m.size >= mergeMost {
		m.drop()
		return
	}
	order := make([]digest, max(16, 2*len(m.order)))
	for i := range m.size {
		order[i] = m.order[(m.head+i)%len(m.order)]
	}
	m.order, m.head = order, 0
}

func (m *merger) drop() {
	delete(m.seen, m.order[m.head])
	m.head = (m.head + 1) % len(m.order)
	m.size--
}

// forget drops what is too old to come once more.
func (m *merger) forget(now int64) {
	for m.size > 0 && m.seen[m.order[m.head]].at < now-mergeLong {
		m.drop()
	}
	if m.size == 0 && len(m.order) > 64 {
		*m = merger{} // a burst is over: give its memory back
	}
}
