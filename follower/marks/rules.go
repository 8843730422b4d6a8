package marks

import (
	"encoding/json"
	"errors"
	"fmt"

	"poise/decimal"
	"poise/inverse"
)

// Rules are what of the exchange the arithmetic needs. They are never changed;
// the zero value knows no symbol.
type Rules struct{ symbols map[string]Rule }

// Rule is what is needed of one symbol.
type Rule struct {
	Contract    inverse.Contract // its size
	MarginAsset string
	Delivery    int64 // ms; 0 for a perpetual
}

// Rule returns a symbol's.
func (r *Rules) Rule(symbol string) (Rule, bool) {
	if r == nil {
		return Rule{}, false
	}
	rule, ok := r.symbols[symbol]
	return rule, ok
}

// number is a decimal that the exchange may write as a text or as a number.
type number struct{ decimal.D }

// UnmarshalJSON implements json.Unmarshaler.
func (n *number) UnmarshalJSON(b []byte) error {
	if len(b) > 1 && b[0] == '"' {
		b = b[1 : len(b)-1]
	}
	return n.D.UnmarshalText(b)
}

// ReadRules reads an answer of GET /dapi/v1/exchangeInfo. A symbol that it
// cannot use is left out, and the error names it: then both results are set.
// Without any symbol there are no Rules. Errors wrap [ErrRules].
func ReadRules(exchangeInfo []byte) (*Rules, error) {
	var doc struct{ Symbols []json.RawMessage }
	if err := json.Unmarshal(exchangeInfo, &doc); err != nil {
		return nil, fmt.Errorf("%w: exchangeInfo: %w", ErrRules, err)
	}
	r := &Rules{symbols: make(map[string]Rule, len(doc.Symbols))}
	var wrong []error
	for i, text := range doc.Symbols {
		if err := r.read(text); err != nil {
			wrong = append(wrong, fmt.Errorf("%w: exchangeInfo: symbol %d: %w", ErrRules, i+1, err))
		}
	}
	if len(r.symbols) == 0 {
		return nil, errors.Join(append(wrong, fmt.Errorf("%w: exchangeInfo has no symbol that can be used", ErrRules))...)
	}
	return r, errors.Join(wrong...)
}

func (r *Rules) read(text []byte) error {
	var s struct {
		Symbol, ContractType, MarginAsset string
		ContractSize                      number
		DeliveryDate                      int64
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return err
	}
	switch {
	case s.Symbol == "":
		return errors.New("it has no name")
	case s.MarginAsset == "":
		return fmt.Errorf("%s has no marginAsset", s.Symbol)
	case s.ContractSize.Sign() <= 0:
		return fmt.Errorf("%s: contractSize is not above zero: %v", s.Symbol, s.ContractSize)
	}
	rule := Rule{Contract: inverse.Contract{Size: s.ContractSize.Trim()}, MarginAsset: s.MarginAsset, Delivery: s.DeliveryDate}
	if s.ContractType == "PERPETUAL" {
		rule.Delivery = 0 // the exchange prints the year 2100
	}
	r.symbols[s.Symbol] = rule
	return nil
}
