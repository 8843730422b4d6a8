package store

import (
	"math"

	"poise/account"
)

// A record in a block's body, as FORMAT.md specifies it.
const (
	recData     = 0 // 4 bytes: length of the data
	recAccount  = 4 // 2 bytes: length of the account's name
	recKind     = 6 // 1 byte
	recLine     = 7 // 1 byte
	recReceived = 8 // 8 bytes
	recordHead  = 16
)

func recordSize(r *account.Record) int {
	return recordHead + len(r.Account) + len(r.Data)
}

func appendRecords(dst []byte, records []account.Record) []byte {
	for i := range records {
		dst = appendRecord(dst, &records[i])
	}
	return dst
}

func appendRecord(dst []byte, r *account.Record) []byte {
	dst = be.AppendUint32(dst, uint32(len(r.Data)))
	dst = be.AppendUint16(dst, uint16(len(r.Account)))
	dst = append(dst, byte(r.Kind), r.Line)
	dst = be.AppendUint64(dst, uint64(r.Received))
	dst = append(dst, r.Account...)
	return append(dst, r.Data...)
}

// decodeRecords reads count records that fill body exactly. The records' Data
// are parts of body.
func decodeRecords(body []byte, first uint64, count int) ([]account.Record, error) {
	if first == 0 || first > math.MaxInt64-uint64(count) {
		return nil, corruptf("first position %d", first)
	}
	records := make([]account.Record, count)
	for i := range records {
		var n uint64
		var err error
		if records[i], n, err = decodeRecord(body); err != nil {
			return nil, err
		}
		records[i].Position = first + uint64(i)
		if i > 0 && records[i].Account == records[i-1].Account {
			records[i].Account = records[i-1].Account // one string, not one a record
		}
		body = body[n:]
	}
	if len(body) != 0 {
		return nil, corruptf("%d bytes after the last record", len(body))
	}
	return records, nil
}

// decodeRecord reads the record that body starts with and returns its length.
func decodeRecord(body []byte) (account.Record, uint64, error) {
	if len(body) < recordHead {
		return account.Record{}, 0, corruptf("%d bytes left for a record", len(body))
	}
	name := uint64(be.Uint16(body[recAccount:]))
	end := recordHead + name + uint64(be.Uint32(body[recData:]))
	if name > MaxAccountName || end > uint64(len(body)) {
		return account.Record{}, 0, corruptf("a record of %d bytes in %d", end, len(body))
	}
	return account.Record{
		Account:  string(body[recordHead : recordHead+name]),
		Kind:     account.RecordKind(body[recKind]),
		Line:     body[recLine],
		Received: int64(be.Uint64(body[recReceived:])),
		Data:     body[recordHead+name : end : end],
	}, end, nil
}
