package store

import (
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"poise/decimal"
)

// arena is the memory that texts lie in while SQLite reads them: its own, not
// the collector's, so that it takes them from where they are.
type arena struct {
	tls  *libc.TLS
	base uintptr
	mem  []byte // at base; what is used of it
}

// keepArena is how much of an arena is kept for the next batch.
const keepArena = 8 << 20 // bytes

// cell is a value of a row: a number, or where its bytes lie in the arena.
type cell struct {
	num  int64 // the number, or the offset of the first byte
	size int32 // bytes of a text or blob
	kind cellKind
}

type cellKind uint8

const (
	cellNumber cellKind = iota
	cellText
	cellBlob
)

func num[N int | int64 | uint64](n N) cell { return cell{num: int64(n)} }

// room makes sure that n more bytes fit. No statement may have cells bound.
func (a *arena) room(n int) {
	if cap(a.mem)-len(a.mem) >= n {
		return
	}
	size := max(2*cap(a.mem), len(a.mem)+n, 64<<10)
	base := lib.Xsqlite3_malloc64(a.tls, uint64(size))
	if base == 0 {
		panic("store: out of memory")
	}
	mem := unsafe.Slice((*byte)(pointer(base)), size)[:len(a.mem)]
	copy(mem, a.mem)
	a.free()
	a.base, a.mem = base, mem
}

// pointer is p, which the collector does not know.
func pointer(p uintptr) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&p)) }

func (a *arena) free() {
	if a.base != 0 {
		lib.Xsqlite3_free(a.tls, a.base)
	}
	a.base, a.mem = 0, nil
}

// reset forgets all cells.
func (a *arena) reset() {
	if a.mem = a.mem[:0]; cap(a.mem) > keepArena {
		a.free()
	}
}

func (a *arena) text(s string) cell {
	a.room(len(s))
	c := cell{int64(len(a.mem)), int32(len(s)), cellText}
	a.mem = append(a.mem, s...)
	return c
}

func (a *arena) blob(b []byte) cell {
	a.room(len(b) + 1) // an empty blob has an address too
	c := cell{int64(len(a.mem)), int32(len(b)), cellBlob}
	a.mem = append(a.mem, b...)
	return c
}

// maxDecimal is more bytes than the text of a decimal has.
const maxDecimal = 64

func (a *arena) decimal(d decimal.D) cell {
	a.room(maxDecimal)
	at := len(a.mem)
	a.mem = d.Append(a.mem)
	return cell{int64(at), int32(len(a.mem) - at), cellText}
}

// decimalOr is the text of a decimal that may be absent, which is the empty one.
func (a *arena) decimalOr(d decimal.D, has bool) cell {
	if !has {
		return a.text("")
	}
	return a.decimal(d)
}
