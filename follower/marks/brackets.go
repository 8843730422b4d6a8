package marks

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"

	"poise/decimal"
	"poise/inverse"
)

// ReadBrackets reads an answer of GET /dapi/v2/leverageBracket, by symbol. They
// are an account's own: where its notionalCoef is not 1, floors, caps and cums
// are multiplied by it. A symbol whose table is not consistent is left out, and
// the error names it: then both results are set. Errors wrap [ErrBrackets].
func ReadBrackets(leverageBracket []byte) (map[string]inverse.Brackets, error) {
	var rows []json.RawMessage
	if err := json.Unmarshal(leverageBracket, &rows); err != nil {
		return nil, fmt.Errorf("%w: leverageBracket: %w", ErrBrackets, err)
	}
	all := make(map[string]inverse.Brackets, len(rows))
	var wrong []error
	for i, text := range rows {
		symbol, table, err := readTable(text)
		if err != nil {
			wrong = append(wrong, fmt.Errorf("%w: leverageBracket: symbol %d %s: %w", ErrBrackets, i+1, symbol, err))
			continue
		}
		all[symbol] = table
	}
	return all, errors.Join(wrong...)
}

type bracketRow struct {
	Leverage  int    `json:"initialLeverage"`
	Cap       number `json:"qtyCap"`
	Floor     number `json:"qtyFloor"`
	OtherName number `json:"qtylFloor"` // as the documentation spells it
	MMR       number `json:"maintMarginRatio"`
	Cum       number `json:"cum"`
}

func readTable(text []byte) (symbol string, table inverse.Brackets, err error) {
	var s struct {
		Symbol   string       `json:"symbol"`
		Coef     number       `json:"notionalCoef"` // absent where nothing was adjusted
		Brackets []bracketRow `json:"brackets"`
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s.Symbol, table, err
	}
	if s.Symbol == "" {
		return "", table, errors.New("it has no name")
	}
	rows := make([]inverse.Bracket, 0, len(s.Brackets))
	for _, b := range s.Brackets {
		if b.Floor.IsZero() {
			b.Floor = b.OtherName
		}
		rows = append(rows, inverse.Bracket{Floor: b.Floor.Trim(), Cap: b.Cap.Trim(), MMR: b.MMR.Trim(), Cum: b.Cum.Trim(), MaxLeverage: b.Leverage})
	}
	slices.SortStableFunc(rows, func(a, b inverse.Bracket) int {
		return cmp.Or(a.Floor.Cmp(b.Floor), a.Cap.Cmp(b.Cap))
	})
	if table, err = inverse.NewBrackets(rows...); err != nil || s.Coef == (number{}) || s.Coef.Equal(decimal.New(1, 0)) {
		return s.Symbol, table, err
	}
	table, err = table.Adjust(s.Coef.D)
	return s.Symbol, table, err
}

// Tables keeps one copy of what many accounts have in common: nearly all have
// the same brackets, of 40 KiB. The zero value is ready, for many goroutines.
type Tables struct {
	mu   sync.Mutex
	read map[[sha256.Size]byte]map[string]inverse.Brackets
}

const tablesMax = 64 // different answers that are remembered

// Read is [ReadBrackets] that returns the same map for the same bytes. The
// caller must not change it. Answers with an error are not shared.
func (t *Tables) Read(leverageBracket []byte) (map[string]inverse.Brackets, error) {
	key := sha256.Sum256(leverageBracket)
	t.mu.Lock()
	defer t.mu.Unlock()
	if all, ok := t.read[key]; ok {
		return all, nil
	}
	all, err := ReadBrackets(leverageBracket)
	if err != nil {
		return all, err
	}
	if t.read == nil || len(t.read) >= tablesMax {
		t.read = map[[sha256.Size]byte]map[string]inverse.Brackets{} // who has an old one keeps it
	}
	t.read[key] = all
	return all, nil
}
