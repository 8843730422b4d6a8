package marks

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// kind is of a message of the market connection.
type kind uint8

const (
	isMark    kind = iota
	isAnswer       // to a subscription: it worked
	isRefusal      // it did not
	isUnread
)

// reader reads messages, one after the other. Maps and no struct: encoding/json
// would take the index price P for the mark p.
type reader struct{ outer, data map[string]json.RawMessage }

// read returns what a message is; symbol points into memory that is good until
// the next one. A message may be in an envelope or bare.
func (r *reader) read(b []byte) (k kind, symbol []byte, m Mark) {
	clear(r.outer)
	if json.Unmarshal(b, &r.outer) != nil {
		return isUnread, nil, m
	}
	in := r.outer
	if data, ok := in["data"]; ok {
		clear(r.data)
		if json.Unmarshal(data, &r.data) != nil {
			return isUnread, nil, m
		}
		in = r.data
	}
	if string(in["e"]) == `"markPriceUpdate"` {
		return readMark(in)
	}
	switch _, failed := in["error"]; {
	case failed:
		return isRefusal, nil, m
	case string(in["result"]) == "null":
		return isAnswer, nil, m
	}
	return isUnread, nil, m
}

func readMark(in map[string]json.RawMessage) (kind, []byte, Mark) {
	var price number
	at, err := strconv.ParseInt(string(bare(in["E"])), 10, 64)
	symbol := bare(in["s"])
	if err != nil || price.UnmarshalJSON(in["p"]) != nil || price.Sign() <= 0 || len(symbol) == 0 {
		return isUnread, nil, Mark{}
	}
	return isMark, symbol, Mark{Price: price.D, Time: at}
}

// bare is a text without its quotes. Escapes stay, and match no symbol.
func bare(text []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimPrefix(text, []byte{'"'}), []byte{'"'})
}
