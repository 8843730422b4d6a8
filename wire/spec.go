package wire

import (
	"math/bits"
	"strings"
)

// kind tells how a known key's value is read and written.
type kind uint8

const (
	kindDecimal kind = iota // a decimal in a string; a JSON number is odd
	kindInt                 // a JSON integer; one in a string is odd
	kindBool
	kindText      // a string of any content: ids, aliases
	kindWord      // a string of few different contents: symbols, states
	kindName      // e: the message's name, which must be the expected one
	kindBalances  // B
	kindPositions // P
	kindCalls     // p of MARGIN_CALL
	kindBody      // an object that is a target of its own
	kindRaw       // any value but null, which is read apart
	kindRows      // an array that the target reads by itself
	kindNote      // a string or an integer, kept as text; an integer is odd
)

// spec is the shape of one kind of object: its keys, in the order of its Fields
// bits.
type spec struct {
	id       int
	names    []string
	kinds    []kind
	words    [maxKnown]uint64 // "key" with both quotes, as loaded; 0 when longer than 6
	masks    [maxKnown]uint64
	sizes    [maxKnown]uint8
	prefixes [maxKnown]string // "key": as it is written
	known    Fields           // the bits of all keys
	required Fields
	order    []uint8 // indexes in the exchange's own order
	row      bool    // of B or P, whose form is learned
	ignore   bool    // unknown keys are checked and dropped
}

const (
	maxKnown  = 40 // known keys of one object
	specCount = 32
)

const (
	specEnvelope = iota
	specAccount
	specBalance
	specPosition
	specOrder
	specCallPosition
	specConfig
	specMode
	specStrategy
	specGrid
	specAlgo
	specAccountInfo
	specAccountAsset
	specAccountPosition
	specRiskPosition
	specBalanceInfo
	specIncome
	specSnapshot
	specEvent // one for each Type from here
)

var letterKinds = map[byte]kind{
	'd': kindDecimal, 'i': kindInt, 'b': kindBool, 't': kindText, 'w': kindWord, 'e': kindName,
	'B': kindBalances, 'P': kindPositions, 'p': kindCalls, 'o': kindBody, 'r': kindRaw, 'R': kindRows, 'n': kindNote,
}

// newSpec builds a spec from "key:kind" words, where an exclamation mark makes
// the key required, and from its keys in the exchange's order, which may be
// empty when that is the same.
func newSpec(id int, fields, order string) *spec {
	sp := &spec{id: id}
	for n, f := range strings.Fields(fields) {
		name, letter, _ := strings.Cut(f, ":")
		sp.names = append(sp.names, name)
		sp.kinds = append(sp.kinds, letterKinds[letter[0]])
		if strings.HasSuffix(letter, "!") {
			sp.required |= 1 << n
		}
		sp.prefixes[n] = `"` + name + `":`
		sp.known |= 1 << n
		if size := len(name) + 2; size <= 8 {
			sp.words[n], sp.sizes[n] = pack(`"`+name+`"`), uint8(size)
			sp.masks[n] = lowBytes(size)
		} else {
			sp.words[n] = 1 // matches no masked word: the mask is 0
		}
	}
	sp.row = id == specBalance || id == specPosition
	if order == "" {
		order = strings.Join(sp.names, " ")
	}
	for _, name := range strings.Fields(order) {
		sp.order = append(sp.order, uint8(sp.index(name)))
	}
	return sp
}

// index returns the place of a key, or -1.
func (sp *spec) index(name string) int {
	for n, s := range sp.names {
		if s == name {
			return n
		}
	}
	return -1
}

// pack returns up to 8 bytes of s as they would be loaded from memory.
func pack(s string) (w uint64) {
	for n := range len(s) {
		w |= uint64(s[n]) << (8 * n)
	}
	return w
}

// lowBytes returns a mask of the first n bytes of a loaded word, n 0..8.
func lowBytes(n int) uint64 { return 1<<(8*n) - 1 }

// The shapes of the stream. Orders are the recorded ones (spec 3.1, 3.6).
var (
	envelopeSpec = newSpec(specEnvelope, "stream:t data:r", "")
	accountSpec  = newSpec(specAccount, "B:B P:P m:w S:w", "")
	balanceSpec  = newSpec(specBalance, "a:w! wb:d cw:d bc:d", "")
	positionSpec = newSpec(specPosition, "s:w! pa:d ep:d bep:d cr:d up:d iw:d mt:w ps:w ma:w",
		"s pa ep cr up mt iw ps ma bep")
	orderSpec = newSpec(specOrder, `s:w c:t S:w o:w f:w q:d p:d ap:d sp:d x:w X:w i:i l:d z:d L:d ma:w N:w
		n:d T:i t:i rp:d b:d a:d m:b R:b wt:w ot:w ps:w cp:b AP:d cr:d pP:b V:w pm:w er:w gtd:i si:i ss:i M:i`,
		`s c S o f q p ap sp x X i l z L n N T t b a m R wt ot ps cp AP cr ma rp pP si ss V pm gtd er M`)
	callSpec     = newSpec(specCallPosition, "s:w ps:w pa:d mt:w iw:d mp:d up:d mm:d", "")
	configSpec   = newSpec(specConfig, "s:w l:i", "")
	modeSpec     = newSpec(specMode, "j:b", "")
	strategySpec = newSpec(specStrategy, "si:i st:w ss:w s:w ut:i c:i", "")
	gridSpec     = newSpec(specGrid, "si:i st:w ss:w s:w r:d up:d uq:d uf:d mp:d ut:i", "")
	algoSpec     = newSpec(specAlgo, `caid:t aid:i at:w o:w s:w S:w ps:w f:w q:d X:w ai:t ap:d aq:d act:w
		tp:d p:d V:w wt:w pm:w cp:b pP:b R:b tt:i gtd:i rm:t cr:d`,
		`caid aid at o s S ps f q X ai ap aq act tp p V wt pm cp pP R tt gtd cr rm`)
)

// eventSpecs are the tops of the known messages; the bits are the Event* ones.
var eventSpecs = func() (t [AlgoUpdate + 1]*spec) {
	for typ, body := range [...]string{AccountUpdate: "a:o!", OrderTradeUpdate: "o:o", MarginCall: "p:p",
		AccountConfigUpdate: "ac:o", ListenKeyExpired: "?:o", StrategyUpdate: "su:o", GridUpdate: "gu:o",
		AlgoUpdate: "o:o"} {
		fields, order := "e:e E:i! T:i i:t fs:w listenKey:t "+body+" cw:d ai:o", "e T E i fs cw "
		switch Type(typ) {
		case Unknown:
			continue
		case ListenKeyExpired:
			order = "e T E listenKey"
		case AccountConfigUpdate:
			order += "ac ai"
		default:
			name, _, _ := strings.Cut(body, ":")
			order += name
		}
		t[typ] = newSpec(specEvent+typ, fields, order)
		t[typ].trim(Type(typ))
	}
	return t
}()

// trim takes the keys that a message of this type does not have out of its
// spec, so that they are kept as unknown ones.
func (sp *spec) trim(typ Type) {
	drop := func(has bool, n int) {
		if !has {
			sp.names[n], sp.words[n], sp.masks[n] = "", 1, 0
			sp.known &^= 1 << n
		}
	}
	drop(typ == ListenKeyExpired, bits.TrailingZeros64(uint64(EventListenKey)))
	drop(typ != ListenKeyExpired, bits.TrailingZeros64(uint64(EventBody)))
	drop(typ == MarginCall, bits.TrailingZeros64(uint64(EventCrossWallet)))
	drop(typ == AccountConfigUpdate, bits.TrailingZeros64(uint64(EventMode)))
}
