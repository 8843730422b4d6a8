package wire

import "bytes"

// form is how a row is written: the bytes between its values, white space and
// all, and which values they are. It is learned from a row of B or P that the
// strict way has read.
type form struct {
	steps  [maxSteps]step
	count  int
	end    step // behind the last value
	fields Fields
	layout layout
}

// step is one value of a row and the bytes before it.
type step struct {
	word, mask uint64 // the first 8 of the bytes, or all
	size       int
	slot       uint8 // of a decimal after 8 bytes; plus slots after more or fewer
	what       what
	more       [maxMore]uint64 // the bytes from 8 on; the last word overlaps
}

const (
	maxSteps = 16            // a power of two, more than a row's keys
	maxMore  = 12            // which makes a step 128 bytes
	maxGap   = 8 + 8*maxMore // bytes between two values
	maxGaps  = window - lead - maxSteps*(maxInterned+1)
)

// what is the type of a value in a row.
type what uint8

const (
	aDecimal what = iota
	aSymbol
	anAsset
	aMargin
	aSide
)

// rest compares the bytes from 8 on.
func (s *step) rest(w *view, j int) bool {
	for n, at := 0, 8; at < s.size; n, at = n+1, at+8 {
		if w.at(j+min(at, s.size-8)) != s.more[n] {
			return false
		}
	}
	return true
}

// ends compares the bytes behind the last value, which ends at j, and returns
// the offset behind them, or 0.
func (fm *form) ends(w *view, j int) int {
	s := &fm.end
	if w.at(j)&s.mask != s.word || s.size > 8 && !s.rest(w, j) {
		return 0
	}
	return j + s.size
}

// newStep returns a step of a gap between values.
func newStep(gap []byte) step {
	s := step{word: pack(string(gap[:min(8, len(gap))])), mask: lowBytes(min(8, len(gap))), size: len(gap)}
	for n, at := 0, 8; at < len(gap); n, at = n+1, at+8 {
		from := min(at, len(gap)-8)
		s.more[n] = pack(string(gap[from : from+8]))
	}
	return s
}

// forms are the forms seen last of one kind of row.
type forms struct {
	known  [4]form
	count  int
	recent int
	oldest int
	values values // of the last row
}

// otherForm reads the row at w by one of the forms that were not seen last, and
// returns its length, or 0.
func (d *Decoder) otherForm(w *view, f *forms) int {
	last := f.recent
	for k := range f.count {
		fm := &f.known[k&3]
		if k == last || w.at(lead)&fm.steps[0].mask != fm.steps[0].word {
			continue
		}
		f.values = values{}
		if n := d.run(w, fm, &f.values); n != 0 {
			f.recent = k
			return n
		}
	}
	f.values = values{}
	return 0
}

// trace is where the values of the row that is being read stand.
type trace struct {
	count int
	spans [maxSteps]span
	keys  [maxSteps]uint8
}

func (t *trace) add(f, start, end int) {
	if t.count < maxSteps {
		t.spans[t.count], t.keys[t.count] = span{start, end}, uint8(f)
	}
	t.count++
}

// learn keeps the form of the row at b[start:end], which has been read into
// fields and layout, unless it is of no use.
func (d *Decoder) learn(f *forms, start, end int, whats []what, fields Fields, layout layout) {
	t := &d.tab.trace
	fm := form{count: t.count, fields: fields, layout: layout}
	last, gaps := start, 0
	if t.count == 0 || t.count > maxSteps-1 {
		return
	}
	for k, s := range t.spans[:t.count] {
		if d.b[s.start] == '"' {
			s = span{s.start + 1, s.end - 1}
		}
		gap := d.b[last:s.start]
		if gaps += len(gap); len(gap) > maxGap || bytes.IndexByte(d.b[s.start:s.end], '\\') >= 0 {
			return
		}
		fm.steps[k] = newStep(gap)
		fm.steps[k].what = whats[t.keys[k]]
		fm.steps[k].slot = (t.keys[k] - 1) & (slots - 1)
		if fm.steps[k].what != aDecimal || len(gap) != 8 {
			fm.steps[k].slot += slots
		}
		last = s.end
	}
	gap := d.b[last:end]
	if gaps += len(gap); gaps > maxGaps || len(gap) > maxGap {
		return
	}
	fm.end = newStep(gap)
	f.keep(fm)
}

// keep adds a form in place of the oldest one.
func (f *forms) keep(fm form) {
	for k := range f.count {
		if f.known[k&3] == fm {
			return
		}
	}
	f.known[f.oldest&3] = fm
	f.count = min(f.count+1, len(f.known))
	f.recent = f.oldest
	f.values = values{}
	f.oldest = (f.oldest + 1) & 3
}

var (
	balanceWhats  = []what{anAsset, aDecimal, aDecimal, aDecimal}
	positionWhats = []what{aSymbol, aDecimal, aDecimal, aDecimal, aDecimal, aDecimal, aDecimal, aMargin, aSide, anAsset}
)
