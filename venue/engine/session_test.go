package engine

import (
	"errors"
	"strings"
	"testing"

	"poise/decimal"
	"poise/wire"
)

// session drives an exchange by hand, for tests of one behaviour.
type session struct {
	t  *testing.T
	e  *Engine
	at int64
}

const perp = "BTCUSD_PERP"

func newSession(t *testing.T, c Config) *session {
	if c.Contracts == nil {
		c.Contracts = DefaultContracts("261225", 1798185600000)
	}
	e, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return &session{t, e, simStart}
}

// withAccounts opens accounts with 1 BTC each; those in upper case are hedged.
func withAccounts(t *testing.T, c Config, names ...string) *session {
	s := newSession(t, c)
	for _, n := range names {
		s.do(&CreateAccount{n, n == strings.ToUpper(n)})
		s.do(&Transfer{n, wire.ReasonDeposit, "BTC", num("1")})
	}
	return s
}

func (s *session) do(c Command) *Result {
	s.t.Helper()
	s.at += 10
	res, err := s.e.Apply(c, s.at)
	if err != nil {
		s.t.Fatalf("%T %+v: %v", c, c, err)
	}
	for _, b := range s.e.Books() {
		if !b.Residual.IsZero() {
			s.t.Fatalf("books: %+v", b)
		}
	}
	return res
}

// refused has a command refused with a code, and nothing changed.
func (s *session) refused(c Command, code int) {
	s.t.Helper()
	before := s.picture()
	_, err := s.e.Apply(c, s.at)
	var own *Error
	if !errors.As(err, &own) || own.Code != code {
		s.t.Fatalf("%T %+v: %v; want %d", c, c, err, code)
	}
	if own.Msg == "" || strings.Contains(own.Msg, "%") {
		s.t.Errorf("%d: message %q", code, own.Msg)
	}
	if after := s.picture(); after != before {
		s.t.Fatalf("%T refused, and yet\n%s\nbecame\n%s", c, before, after)
	}
}

// picture is all that can be seen of the exchange.
func (s *session) picture() string {
	var b strings.Builder
	for _, a := range s.e.Accounts() {
		orders := must(s.e.AllOrders(a, ""))
		show(&b, must(s.e.Account(a)), orders, must(s.e.Income(a)), must(s.e.UserTrades(a, "")))
	}
	for _, name := range s.e.Symbols() {
		bids, asks, _ := s.e.Depth(name, 100)
		show(&b, bids, asks, must(s.e.Market(name)).Mark)
	}
	show(&b, s.e.Books())
	return b.String()
}

// entry builds a Place from words: "BUY 3 LIMIT GTC @60000 stop=59000 LONG
// reduceOnly id=x MARK_PRICE close cb=1 act=60500 EXPIRE_BOTH".
func entry(account, words string) *Place {
	p := &Place{Account: account, Symbol: perp}
	f := strings.Fields(words)
	p.Side, p.Quantity = f[0], num(f[1])
	for _, w := range f[2:] {
		key, value, _ := strings.Cut(w, "=")
		switch {
		case w[0] == '@':
			p.Price = num(w[1:])
		case key == "stop":
			p.StopPrice = num(value)
		case key == "id":
			p.ClientOrderID = value
		case key == "on":
			p.Symbol = value
		case key == "cb":
			p.CallbackRate = num(value)
		case key == "act":
			p.Activation = num(value)
		case w == "reduceOnly":
			p.ReduceOnly = true
		case w == "algo":
			p.Algo = true
		case w == "protect":
			p.PriceProtect = true
		case w == "close":
			p.ClosePosition = true
		case strings.HasPrefix(w, "EXPIRE") || w == "NONE":
			p.SelfTrade = w
		case w == "LONG" || w == "SHORT" || w == "BOTH":
			p.PositionSide = w
		case strings.HasSuffix(w, "_PRICE"):
			p.WorkingType = w
		case len(w) == 3 && w[0] != 'S':
			p.TimeInForce = w
		default:
			p.Type = w
		}
	}
	return p
}

func (s *session) place(account, words string) OrderView {
	s.t.Helper()
	return *s.do(entry(account, words)).Order
}

func (s *session) mark(price string) *Result {
	s.t.Helper()
	return s.do(&SetMark{Symbol: perp, Price: num(price)})
}

func (s *session) quote(price string, quantity int64) {
	s.t.Helper()
	s.do(&SetQuote{perp, num(price), decimal.New(quantity, 0)})
}

// order returns an order as it is now.
func (s *session) order(account string, id int64) OrderView {
	s.t.Helper()
	v, err := s.e.Order(account, perp, id, "")
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

func (s *session) position(account, side string) PositionView {
	s.t.Helper()
	for _, p := range must(s.e.Account(account)).Positions {
		if p.Symbol == perp && p.Side == side {
			return p
		}
	}
	s.t.Fatalf("%s has no %s", account, side)
	return PositionView{}
}

func (s *session) asset(account string) AssetView { return must(s.e.Account(account)).Assets[0] }

// decoded returns a result's events for one account.
func (s *session) decoded(res *Result, account string) (out []*wire.Event) {
	s.t.Helper()
	for i := range res.Events {
		if res.Events[i].Account == account {
			var d wire.Decoder
			ev := &wire.Event{}
			if err := d.Decode(res.Events[i].Message, ev); err != nil {
				s.t.Fatalf("%v\n%s", err, res.Events[i].Message)
			}
			out = append(out, ev)
		}
	}
	return out
}

// story is a result's events in short: "a NEW, a ORDER, a TRADE".
func (s *session) story(res *Result) string {
	s.t.Helper()
	var all []string
	for i := range res.Events {
		var d wire.Decoder
		var ev wire.Event
		if err := d.Decode(res.Events[i].Message, &ev); err != nil {
			s.t.Fatal(err)
		}
		what := ev.Account.Reason + ev.Order.Execution
		if ev.Type == wire.AlgoUpdate {
			what = "algo " + ev.Algo.Status
		}
		if what == "" {
			what = ev.Name
		}
		if ev.Order.Execution != "" && ev.Order.Status != ev.Order.Execution {
			what += "/" + ev.Order.Status
		}
		all = append(all, res.Events[i].Account+" "+what)
	}
	return strings.Join(all, ", ")
}

func wantText(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s:\n got %s\nwant %s", what, got, want)
	}
}
