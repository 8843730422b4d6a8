package gateway

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"time"

	"poise/decimal"
	"poise/venue/engine"
	"poise/venue/journal"
	"poise/wire"
)

// errNotFound is of something that the operator named and that is not there.
var errNotFound = errors.New("not found")

// Operator returns the operator's face. It answers JSON; decimals are texts. An
// error is {"error":"..."} with 4xx. Without Config.OperatorToken it serves
// callers of the loopback interface only.
func (g *Gateway) Operator() http.Handler {
	mux := http.NewServeMux()
	handle := func(pattern string, status int, serve func(*http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			v, err := serve(r)
			writeOperator(w, status, v, err)
		})
	}
	handle("POST /v1/accounts", http.StatusCreated, g.postAccount)
	handle("GET /v1/accounts", http.StatusOK, g.getAccounts)
	handle("GET /v1/accounts/{alias}", http.StatusOK, g.getTruth)
	handle("POST /v1/accounts/{alias}/transfers", http.StatusOK, g.postTransfer)
	handle("PUT /v1/marks/{symbol}", http.StatusOK, g.putMark)
	handle("PUT /v1/quotes/{symbol}", http.StatusOK, g.putQuote)
	handle("POST /v1/funding", http.StatusOK, g.postFunding)
	handle("POST /v1/settlements", http.StatusOK, g.postSettlement)
	handle("POST /v1/clock", http.StatusOK, g.postClock)
	handle("POST /v1/faults", http.StatusCreated, g.postFault)
	handle("DELETE /v1/faults/{id}", http.StatusOK, g.deleteFault)
	handle("GET /v1/books", http.StatusOK, g.getBooks)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		writeOperator(w, 0, nil, fmt.Errorf("%w: no call %s %s", errNotFound, clean(r.Method), clean(r.URL.Path)))
	})
	return g.protect(mux)
}

// protect asks for the token, and bounds the body.
func (g *Gateway) protect(next http.Handler) http.Handler {
	want := []byte("Bearer " + g.config.OperatorToken)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer g.guard(w)
		if ip := net.ParseIP(hostOf(r.RemoteAddr)); g.config.OperatorToken == "" && ip != nil && !ip.IsLoopback() {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusForbidden)
			io.WriteString(w, `{"error":"without an operator's token this serves the loopback interface only"}`)
			return
		}
		if g.config.OperatorToken != "" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			io.WriteString(w, `{"error":"this needs the operator's token"}`)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		next.ServeHTTP(w, r)
	})
}

func writeOperator(w http.ResponseWriter, status int, v any, err error) {
	if err != nil {
		status = http.StatusBadRequest
		var size *http.MaxBytesError
		switch {
		case errors.Is(err, errNotFound):
			status = http.StatusNotFound
		case errors.Is(err, ErrClosed), errors.Is(err, journal.ErrFailed):
			status = http.StatusServiceUnavailable
		case errors.As(err, &size):
			status = http.StatusRequestEntityTooLarge
		}
		v = struct {
			Error string `json:"error"`
		}{err.Error()}
	}
	b, e := encode(v)
	if e != nil {
		status, b = http.StatusInternalServerError, []byte(`{"error":"the answer cannot be written"}`)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b) // the operator may be gone
}

// read reads a request's object; unknown fields are errors, and an empty body is
// an empty object.
func read(r *http.Request, v any) error {
	d := json.NewDecoder(r.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil && err != io.EOF {
		return fmt.Errorf("the body is no such object: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return errors.New("the body has something behind the object")
	}
	return nil
}

// NewAccount opens an account.
func (g *Gateway) NewAccount(ctx context.Context, n NewAccount) (c Credentials, err error) {
	e := g.do(ctx, func() { c, err = g.newAccount(n) })
	return c, errors.Join(e, err)
}

func (g *Gateway) postAccount(r *http.Request) (any, error) {
	var n NewAccount
	if err := read(r, &n); err != nil {
		return nil, err
	}
	return g.NewAccount(r.Context(), n)
}

type accountLine struct {
	Alias     string `json:"alias"`
	APIKey    string `json:"apiKey"`
	Listening int    `json:"listening"`
}

func (g *Gateway) getAccounts(r *http.Request) (any, error) {
	rows := []accountLine{}
	err := g.do(r.Context(), func() {
		for _, c := range g.clients {
			a := accountLine{Alias: c.alias, APIKey: c.apiKey}
			if c.key != nil {
				a.Listening = len(g.linesOf(c.key.text))
			}
			rows = append(rows, a)
		}
	})
	return rows, err
}

// Truth is what an account really has.
type Truth struct {
	Balances  []TrueBalance  `json:"balances"`  // assets that have ever moved
	Positions []TruePosition `json:"positions"` // that are held, were held, or have a setting of their own
	Events    int64          `json:"events"`    // made so far, heard by anybody or not
}

// TrueBalance is a wallet.
type TrueBalance struct {
	Asset  string    `json:"asset"`
	Wallet decimal.D `json:"wallet"`
	Cross  decimal.D `json:"cross"`
}

// TruePosition is a position; Amount is in contracts, signed.
type TruePosition struct {
	Symbol         string    `json:"symbol"`
	Side           string    `json:"side"`
	Amount         decimal.D `json:"amount"`
	EntryPrice     decimal.D `json:"entryPrice"`
	Realized       decimal.D `json:"realized"`
	IsolatedWallet decimal.D `json:"isolatedWallet"`
	MarginType     string    `json:"marginType"` // cross or isolated
}

// Truth returns what an account really has.
func (g *Gateway) Truth(ctx context.Context, alias string) (t Truth, err error) {
	var v engine.AccountView
	if e := g.do(ctx, func() { v, err = g.engine.Account(alias) }); e != nil {
		return t, e
	}
	if err != nil {
		return t, fmt.Errorf("%w: account %q", errNotFound, alias)
	}
	t = Truth{Balances: []TrueBalance{}, Positions: []TruePosition{}, Events: v.Events}
	for _, a := range v.Assets {
		if a.Updated != 0 {
			t.Balances = append(t.Balances, TrueBalance{a.Asset, a.Wallet, a.Cross})
		}
	}
	for _, p := range v.Positions {
		if p.Updated != 0 || p.Amount != 0 || p.Isolated {
			t.Positions = append(t.Positions, TruePosition{p.Symbol, p.Side, decimal.New(p.Amount, 0), p.EntryPrice, p.Realized, p.IsolatedWallet, marginType(p.Isolated)})
		}
	}
	return t, nil
}

func (g *Gateway) getTruth(r *http.Request) (any, error) {
	return g.Truth(r.Context(), r.PathValue("alias"))
}

// operatorReasons are those of transfers.
var operatorReasons = []string{"DEPOSIT", "WITHDRAW", "ADJUSTMENT", "INSURANCE_CLEAR", "ADMIN_DEPOSIT", "ADMIN_WITHDRAW", "ASSET_TRANSFER", "COIN_SWAP_DEPOSIT", "COIN_SWAP_WITHDRAW"}

// Transfer moves a wallet, and returns the ACCOUNT_UPDATE that was pushed.
func (g *Gateway) Transfer(ctx context.Context, alias, reason, asset string, amount decimal.D) (message []byte, err error) {
	if !slices.Contains(operatorReasons, reason) {
		return nil, fmt.Errorf("reason %q is none of %q", reason, operatorReasons)
	}
	e := g.do(ctx, func() {
		if g.byAlias[alias] == nil {
			err = fmt.Errorf("%w: account %q", errNotFound, alias)
			return
		}
		var r *engine.Result
		if r, err = g.apply(&engine.Transfer{Account: alias, Reason: reason, Asset: asset, Amount: amount}); err == nil {
			message = updateOf(r, alias)
		}
	})
	return message, errors.Join(e, err)
}

// updateOf returns a copy of the first ACCOUNT_UPDATE of an account.
func updateOf(r *engine.Result, alias string) []byte {
	for i := range r.Events {
		if e := &r.Events[i]; e.Account == alias && e.Type == wire.AccountUpdate {
			return slices.Clone(e.Message)
		}
	}
	return []byte("{}")
}

func (g *Gateway) postTransfer(r *http.Request) (any, error) {
	var q struct {
		Reason string    `json:"reason"`
		Asset  string    `json:"asset"`
		Amount decimal.D `json:"amount"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	message, err := g.Transfer(r.Context(), r.PathValue("alias"), q.Reason, q.Asset, q.Amount)
	return json.RawMessage(message), err
}

// command applies one for the operator.
func (g *Gateway) command(ctx context.Context, c engine.Command) (count int, err error) {
	e := g.do(ctx, func() {
		var r *engine.Result
		if r, err = g.apply(c); err == nil {
			count = r.Count
		}
	})
	return count, errors.Join(e, err)
}

// SetMark sets a mark price, and the index; margin is checked at once.
func (g *Gateway) SetMark(ctx context.Context, symbol string, price decimal.D) (err error) {
	e := g.do(ctx, func() { err = g.setMark(symbol, price, decimal.Zero) })
	return errors.Join(e, err)
}

func (g *Gateway) putMark(r *http.Request) (any, error) {
	var q struct {
		Price decimal.D `json:"price"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	return struct{}{}, g.SetMark(r.Context(), r.PathValue("symbol"), q.Price)
}

// Quote rests a quantity on both sides, at the price less and plus one tick. A
// quantity of 0 takes it back.
func (g *Gateway) Quote(ctx context.Context, symbol string, price, quantity decimal.D) error {
	_, err := g.command(ctx, &engine.SetQuote{Symbol: symbol, Price: price, Quantity: quantity})
	return err
}

func (g *Gateway) putQuote(r *http.Request) (any, error) {
	var q struct {
		Price    decimal.D `json:"price"`
		Quantity decimal.D `json:"quantity"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	return struct{}{}, g.Quote(r.Context(), r.PathValue("symbol"), q.Price, q.Quantity)
}

// Fund has a perpetual's positions pay funding now, and returns how many
// accounts did.
func (g *Gateway) Fund(ctx context.Context, symbol string, rate decimal.D) (paid int, err error) {
	return g.command(ctx, &engine.Fund{Symbol: symbol, Rate: rate})
}

func (g *Gateway) postFunding(r *http.Request) (any, error) {
	var q struct {
		Symbol string    `json:"symbol"`
		Rate   decimal.D `json:"rate"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	paid, err := g.Fund(r.Context(), q.Symbol, q.Rate)
	return struct {
		Paid int `json:"paid"`
	}{paid}, err
}

// Settle delivers a symbol at a price, and returns how many positions were
// closed.
func (g *Gateway) Settle(ctx context.Context, symbol string, price decimal.D) (closed int, err error) {
	return g.command(ctx, &engine.Settle{Symbol: symbol, Price: price})
}

func (g *Gateway) postSettlement(r *http.Request) (any, error) {
	var q struct {
		Symbol string    `json:"symbol"`
		Price  decimal.D `json:"price"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	closed, err := g.Settle(r.Context(), q.Symbol, q.Price)
	return struct {
		Closed int `json:"closed"`
	}{closed}, err
}

const longestAdvance = 400 * 24 * time.Hour

func (g *Gateway) postClock(r *http.Request) (any, error) {
	var q struct {
		Advance Duration `json:"advance"`
	}
	if err := read(r, &q); err != nil {
		return nil, err
	}
	switch d := time.Duration(q.Advance); {
	case !g.config.Manual:
		return nil, errors.New("the clock is real: it moves by itself")
	case d <= 0 || d > longestAdvance:
		return nil, fmt.Errorf("advance is a duration like 8h, up to %v", longestAdvance)
	}
	now, err := g.Advance(r.Context(), time.Duration(q.Advance))
	return struct {
		Now int64 `json:"now"`
	}{now}, err
}

// Fault begins a fault and returns its id.
func (g *Gateway) Fault(ctx context.Context, f Fault) (id int64, err error) {
	e := g.do(ctx, func() { id, err = g.fault(f) })
	return id, errors.Join(e, err)
}

// EndFault ends one.
func (g *Gateway) EndFault(ctx context.Context, id int64) (err error) {
	e := g.do(ctx, func() {
		if f := g.faults[id]; f != nil {
			g.endFault(f)
		} else if id < 1 || id > g.faultID {
			err = fmt.Errorf("%w: fault %d", errNotFound, id)
		}
	})
	return errors.Join(e, err)
}

func (g *Gateway) postFault(r *http.Request) (any, error) {
	var f Fault
	if err := read(r, &f); err != nil {
		return nil, err
	}
	id, err := g.Fault(r.Context(), f)
	return struct {
		ID string `json:"id"`
	}{strconv.FormatInt(id, 10)}, err
}

func (g *Gateway) deleteFault(r *http.Request) (any, error) {
	id, err := strconv.ParseInt(r.PathValue("id"), 10, 64)
	if err != nil {
		return nil, fmt.Errorf("%w: fault %q", errNotFound, clean(r.PathValue("id")))
	}
	return struct{}{}, g.EndFault(r.Context(), id)
}

// Book is an asset's row of the exchange's own books. Residual is what does not
// add up: 0.
type Book struct {
	Asset       string    `json:"asset"`
	Deposits    decimal.D `json:"deposits"`
	Withdrawals decimal.D `json:"withdrawals"`
	Wallets     decimal.D `json:"wallets"`
	Fees        decimal.D `json:"fees"`
	Insurance   decimal.D `json:"insurance"`
	Residual    decimal.D `json:"residual"`
}

// Books returns the exchange's own books, by asset.
func (g *Gateway) Books(ctx context.Context) ([]Book, error) {
	rows := []Book{}
	err := g.do(ctx, func() {
		for _, b := range g.engine.Books() {
			rows = append(rows, Book{b.Asset, b.Deposits, b.Withdrawals, b.Wallets, b.Fees, b.Insurance, b.Residual})
		}
	})
	return rows, err
}

func (g *Gateway) getBooks(r *http.Request) (any, error) { return g.Books(r.Context()) }
