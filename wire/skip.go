package wire

// skip reads any value and checks all of it, strictly.
func (d *Decoder) skip(i int) int {
	switch c := d.b[i]; c {
	case '"':
		_, i = d.text(i)
		return i
	case '{':
		return d.skipObject(i)
	case '[':
		return d.skipArray(i)
	case 't':
		return d.literal(i, "true")
	case 'f':
		return d.literal(i, "false")
	case 'n':
		return d.literal(i, "null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		return d.number(i)
	}
	return d.unexpected(i, "a value")
}

// enter counts one more object or array around what follows.
func (d *Decoder) enter(i int) bool {
	d.depth++
	if d.depth > MaxDepth {
		d.failAt(i, ErrLimit, "fewer objects and arrays within each other")
		return false
	}
	return true
}

func (d *Decoder) skipArray(i int) int {
	if !d.enter(i) {
		return -1
	}
	if i = d.space(i + 1); d.b[i] == ']' {
		d.depth--
		return i + 1
	}
	for n := 0; ; n++ {
		if n == MaxRows {
			return d.failAt(i, ErrLimit, "fewer elements")
		}
		if i = d.skip(i); i < 0 {
			return -1
		}
		end := false
		if i, end = d.next(i, ']', "a comma or ]"); end || i < 0 {
			return i
		}
	}
}

// next reads a comma and returns the start of what follows, or the closing
// bracket and returns the offset behind it and true.
func (d *Decoder) next(i int, closing byte, expected string) (int, bool) {
	i = d.space(i)
	switch d.b[i] {
	case ',':
		return d.space(i + 1), false
	case closing:
		d.depth--
		return i + 1, true
	}
	return d.unexpected(i, expected), false
}

func (d *Decoder) skipObject(i int) int {
	return d.eachKey(i, nil)
}

// eachKey reads an object, checks it, and calls found, when that is not nil,
// with each key and its value's place.
func (d *Decoder) eachKey(i int, found func(key []byte, start, end int)) int {
	if !d.enter(i) {
		return -1
	}
	first := len(d.keys)
	defer func() { d.keys = d.keys[:first] }()
	if i = d.space(i + 1); d.b[i] == '}' {
		d.depth--
		return i + 1
	}
	for {
		if d.b[i] != '"' {
			return d.unexpected(i, "a key")
		}
		at := i
		s, j := d.text(i)
		if j < 0 || !d.newKey(at, s, first) {
			return -1
		}
		start := d.colon(j)
		if start < 0 {
			return -1
		}
		if i = d.skip(start); i < 0 {
			return -1
		}
		if found != nil {
			found(d.keys[len(d.keys)-1].text, start, i)
		}
		end := false
		if i, end = d.next(i, '}', "a comma or }"); end || i < 0 {
			return i
		}
	}
}

// keyRef is a key of an object that is being skipped.
type keyRef struct {
	hash uint64 // of text, to compare few texts
	text []byte
}

// newKey adds a key at offset at to those of the current object, which start at
// d.keys[first], or fails because it is there already.
func (d *Decoder) newKey(at int, s []byte, first int) bool {
	if len(d.keys)-first == MaxKeys {
		d.failAt(at, ErrLimit, "fewer keys")
		return false
	}
	h := uint64(len(s))
	for _, c := range s {
		h = (h ^ uint64(c)) * internMix1
	}
	for n := first; n < len(d.keys); n++ {
		if k := &d.keys[n]; k.hash == h && string(k.text) == string(s) {
			d.failAt(at, ErrDuplicateKey, "each key once")
			return false
		}
	}
	if len(s) > 0 && len(d.scratch) > 0 && &s[0] == &d.scratch[0] {
		s = append([]byte(nil), s...) // the next text goes there
	}
	d.keys = append(d.keys, keyRef{h, s})
	return true
}

// compact appends the value at b[i:end], which is valid, without white space.
func compact(dst, value []byte) []byte {
	quoted := false
	for n := 0; n < len(value); n++ {
		switch c := value[n]; {
		case quoted && c == '\\':
			dst = append(dst, c)
			n++
			dst = append(dst, value[n])
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && c <= ' ':
			continue
		}
		dst = append(dst, value[n])
	}
	return dst
}
