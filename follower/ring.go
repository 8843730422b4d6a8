package follower

import (
	"iter"
	"sync"
	"sync/atomic"

	"poise/account"
	"poise/store"
)

// Bounds of the changes that stay in memory. A subscriber who needs older ones is
// given them from the journal.
const (
	freshDeltas = 64      // of a partition that are as they were made, and those of its last block
	freshBytes  = 1 << 20 // about; a block with more is packed at once
	bundleBytes = 16 << 10
	ringsBytes  = 32 << 20 // about, of all partitions; each may have its share in any case
)

// ring holds the last changes of one partition, for subscribers: the last as they
// were made, those before packed.
type ring struct {
	mu      sync.Mutex
	bundles []bundle
	pages   []*page // behind the bundles
	fresh   int     // deltas in pages
	bytes   int
	before  uint64 // position before the oldest
	head    uint64 // position of the newest
	texts   texts
	moved   bell
	all     *bell         // of all partitions
	total   *atomic.Int64 // bytes of all partitions
	most    int64         // that they may have
}

// bundle is packed changes. More may be appended behind what readers hold.
type bundle struct {
	last   uint64 // position of the last one
	packed []byte
}

// page is what one block changed. The ring packs it, whoever holds it then.
type page struct {
	last  uint64 // position
	size  int    // about, of deltas
	texts *texts

	mu     sync.Mutex
	deltas []account.Delta // positions rise; nil once packed
	packed []byte
}

func newPage(deltas []account.Delta, t *texts) *page {
	p := &page{deltas: deltas, texts: t, last: deltas[len(deltas)-1].Position}
	for i := range deltas {
		p.size += sizeOf(&deltas[i])
	}
	return p
}

// part returns what the page has now, which never changes.
func (p *page) part() part {
	p.mu.Lock()
	defer p.mu.Unlock()
	return part{last: p.last, deltas: p.deltas, packed: p.packed, texts: p.texts}
}

// part is some changes in order, up to a position.
type part struct {
	last   uint64
	deltas []account.Delta
	packed []byte
	texts  *texts
}

// changes yields those behind a position, of an account or of all.
func (p *part) changes(after uint64, of string) iter.Seq[account.Delta] {
	return func(yield func(account.Delta) bool) {
		for i := range p.deltas {
			if d := &p.deltas[i]; d.Position > after && (of == "" || d.Account == of) && !yield(*d) {
				return
			}
		}
		u := unpacker{p.packed, p.texts.known()}
		for len(u.b) > 0 {
			var d account.Delta
			if !u.next(after, of, &d) && !yield(d) {
				return
			}
		}
	}
}

// appendTo appends the first of those behind a position, at most so many.
func (p *part) appendTo(list []account.Delta, after uint64, most int) []account.Delta {
	for d := range p.changes(after, "") {
		if most--; most < 0 {
			break
		}
		list = append(list, d)
	}
	return list
}

// sizeOf is about how much memory a delta takes.
func sizeOf(d *account.Delta) int {
	return 264 + 56*len(d.Balances) + 224*len(d.Positions) + 160*len(d.Entries) + 320*len(d.Revised) +
		256*(len(d.Opened)+len(d.Ended)) + 40*len(d.Leverages) + 160*len(d.Calls)
}

func (r *ring) start(at uint64) { r.before, r.head = at, at }

// publish shows changes that are durable. It waits for nobody.
func (r *ring) publish(p *page) {
	r.keep(p)
	r.moved.strike()
	r.all.strike()
}

func (r *ring) keep(p *page) {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.bytes
	r.pages = append(r.pages, p)
	r.fresh += len(p.deltas)
	r.bytes += p.size
	r.head = p.last
	for len(r.pages) > 1 && r.fresh > freshDeltas || len(r.pages) > 0 && r.pages[len(r.pages)-1].size > freshBytes {
		r.packOldest()
	}
	for len(r.bundles) > 0 && int64(r.bytes) > r.most/store.Partitions && r.total.Load()+int64(r.bytes-was) > r.most {
		r.drop()
	}
	r.total.Add(int64(r.bytes - was))
}

// packOldest packs the oldest page, into the last bundle if that has room.
func (r *ring) packOldest() {
	p := r.pages[0]
	if n := len(r.bundles); n == 0 || len(r.bundles[n-1].packed) > bundleBytes {
		r.bundles = append(r.bundles, bundle{})
	}
	b := &r.bundles[len(r.bundles)-1]
	at, held := len(b.packed), cap(b.packed)
	w := packer{b.packed, &r.texts}
	for i := range p.deltas {
		w.pack(&p.deltas[i])
	}
	b.packed, b.last = w.b, p.last
	r.fresh -= len(p.deltas)
	r.bytes += cap(w.b) - held - p.size
	p.mu.Lock()
	p.deltas, p.packed = nil, w.b[at:len(w.b):len(w.b)]
	p.mu.Unlock()
	r.pages[0] = nil
	r.pages = r.pages[1:] // append moves the rest when there is no room behind it
}

func (r *ring) drop() {
	b := &r.bundles[0]
	r.bytes -= cap(b.packed)
	r.before = b.last
	*b = bundle{}
	r.bundles = r.bundles[1:]
}

// after returns the changes behind a position, or some of them, or missed if
// memory no longer has all of them, up to where it has.
func (r *ring) after(position uint64) (parts []part, missed bool, upTo uint64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if position < r.before {
		return nil, true, r.before
	}
	low, high := 0, len(r.bundles)
	for low < high {
		if middle := (low + high) / 2; r.bundles[middle].last <= position {
			low = middle + 1
		} else {
			high = middle
		}
	}
	if low < len(r.bundles) {
		b := r.bundles[low]
		return []part{{last: b.last, packed: b.packed, texts: &r.texts}}, false, r.head
	}
	first := len(r.pages)
	for first > 0 && r.pages[first-1].last > position {
		first--
	}
	for _, p := range r.pages[first:] {
		parts = append(parts, p.part())
	}
	return parts, false, r.head
}

// end returns the position of the newest change.
func (r *ring) end() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.head
}
