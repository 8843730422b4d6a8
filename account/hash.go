package account

import (
	"encoding/binary"
	"math/bits"
)

// hash folds a message into 64 bits, 16 bytes a step, by the widening
// multiplication that wyhash is built on. Its values are in checkpoints: a
// change of it needs a new checkpoint version. It only recognises a repeated
// message; nothing of the exchange's making gains by a collision.
func hash(b []byte) uint64 {
	const k0, k1, k2 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3
	h := mix(uint64(len(b))^k0, k1)
	for len(b) >= 16 {
		h = mix(binary.LittleEndian.Uint64(b)^k1, binary.LittleEndian.Uint64(b[8:])^h)
		b = b[16:]
	}
	var tail [16]byte
	copy(tail[:], b)
	return mix(binary.LittleEndian.Uint64(tail[:])^k2, binary.LittleEndian.Uint64(tail[8:])^h)
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
