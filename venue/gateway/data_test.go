package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"poise/decimal"
	"poise/venue/engine"
	"poise/venue/journal"
)

// fill gives every field another value, none of them zero.
func fill(t *testing.T, v reflect.Value, n *int) {
	for i := range v.NumField() {
		*n++
		switch f := v.Field(i); {
		case f.Type() == reflect.TypeFor[decimal.D]():
			f.Set(reflect.ValueOf(decimal.New(int64(*n*10), *n%9)))
		case f.Kind() == reflect.String:
			f.SetString(fmt.Sprint("text", *n))
		case f.Kind() == reflect.Bool:
			f.SetBool(true)
		case f.CanInt():
			f.SetInt(int64(-*n))
		default:
			t.Fatalf("%s is a %s: teach the coder", v.Type(), f.Type())
		}
	}
}

// Every field of every command of the engine is logged: one that is forgotten
// would be lost by a restart.
func TestEveryCommandIsLoggedWhole(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../engine/command.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "command" {
			named[f.Recv.List[0].Type.(*ast.StarExpr).X.(*ast.Ident).Name] = true
		}
	}
	out, in, n := newCoder(), newCoder(), 0
	for round := range 2 { // the second with names that are known
		for k, c := range emptyCommands() {
			v := reflect.ValueOf(c).Elem()
			delete(named, v.Type().Name())
			fill(t, v, &n)
			out.buf = nil
			out.command(c)
			got := emptyCommands()[k]
			in.read(out.buf)
			in.command(got)
			if err := in.done(); err != nil || !reflect.DeepEqual(c, got) {
				t.Errorf("round %d: logged %+v, read %+v: %v", round, c, got, err)
			}
		}
		n = 0
	}
	for name := range named {
		t.Errorf("engine.%s has no kind of record", name)
	}
}

// What is logged of a decimal is every digit of it.
func TestDecimalsAreLoggedDigitForDigit(t *testing.T) {
	for _, s := range []string{"0", "0.00000000", "-0.00", "1", "-1.50", "18446744073709551615", "18446744073709551616", "-36893488147419103232.123456789",
		"0.0000000000000000000000000000001", "5316911983139663491615228241121378303"} {
		d, got := decimal.MustParse(s), decimal.D{}
		out, in := newCoder(), newCoder()
		out.decimal(&d)
		in.read(out.buf)
		in.decimal(&got)
		if err := in.done(); err != nil || got != d || got.String() != s {
			t.Errorf("%s was read as %s: %v", s, got, err)
		}
	}
}

// What of a Gateway is kept over a restart, and what is not. A new field has to
// be put where it belongs, and what is kept into a record.
func TestEveryFieldIsKeptOrForgotten(t *testing.T) {
	for _, c := range []struct {
		of              any
		kept, forgotten string
	}{
		{Gateway{}, "engine manual moment random clients byAlias byKey keys timers addrs markets symbols assets tickedAt nextFund nextStep",
			"config tasks quit finished closing lines data noise open lineID faults faultID timerID streams followed"},
		{client{}, "alias apiKey secret public key orders10s orders1m", "faults past"},
		{listenKey{}, "text owner expires timer", ""},
		{window{}, "since count", ""},
		{addrUse{}, "banned bans", "weight over"},
		{timer{}, "at fire index kept", "id"}, // ids keep their order
		{market{}, "terms scale traded marked indexed aggID aggs shown forced delivery", ""},
		{candle{}, "open first high low last quantity count taken base takenBase firstID lastID", ""},
		{settings{}, "walk noFunding fundingRate keyLife", ""},
		{birth{}, "Seed Push Manual Start Taker Maker Contracts", ""},
		{engine.Config{}, "Contracts Push Seed Taker Maker", "NoCommission History Brief Insurance"}, // are never set
		{NewAccount{}, "Alias Hedge Balances PublicKey", ""},
	} {
		known := strings.Fields(c.kept + " " + c.forgotten)
		for i := range reflect.TypeOf(c.of).NumField() {
			name := reflect.TypeOf(c.of).Field(i).Name
			if j := slices.Index(known, name); j >= 0 {
				known = slices.Delete(known, j, j+1)
			} else {
				t.Errorf("%T.%s is neither kept nor forgotten", c.of, name)
			}
		}
		if len(known) > 0 {
			t.Errorf("%T has no %q", c.of, known)
		}
	}
}

// tasks ends tasks through a gate and tells which have ended.
func newTask() *task { return &task{done: make(chan struct{})} }

func (t *task) ended() bool {
	select {
	case <-t.done:
		return true
	default:
		return false
	}
}

// What follows from a record is not told before the record is durable, and what
// does not wait does not overtake what does.
func TestGateHoldsBackInOrder(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	var flushers sync.WaitGroup
	l := newLine(near, 1<<20, &flushers)
	g := newGate(7)
	l.gate = g
	free := newTask()
	if g.hold(heldBack{task: free}) {
		t.Fatal("nothing is being written, and yet a task waits")
	}
	g.wrote(8)
	first, second := newTask(), newTask()
	l.write([]byte("8"))
	g.hold(heldBack{task: first})
	g.wrote(9)
	lent := []byte("9")
	l.send(lent, true)
	lent[0] = '?' // it is the lender's again
	g.hold(heldBack{task: second})
	if first.ended() || l.writing {
		t.Fatal("told before it was durable")
	}
	g.becameDurable(8, nil)
	if !first.ended() || second.ended() {
		t.Fatal("not what waited for record 8, and that alone")
	}
	g.becameDurable(9, nil)
	if !second.ended() || first.err != nil || second.err != nil {
		t.Fatal("record 9 is durable")
	}
	b := make([]byte, 2)
	for i := 0; i < 2; {
		n, err := far.Read(b[i:])
		if err != nil {
			t.Fatal(err)
		}
		i += n
	}
	if string(b) != "89" {
		t.Errorf("sent %q", b)
	}
	l.cut()
	flushers.Wait()
}

// When the disk fails, what waits is refused and its sockets are cut, and so is
// what comes later.
func TestGateRefusesWhenTheDiskFails(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	var flushers sync.WaitGroup
	l := newLine(near, 1<<20, &flushers)
	g := newGate(0)
	l.gate = g
	g.wrote(1)
	waits, later := newTask(), newTask()
	l.write([]byte("1"))
	g.hold(heldBack{task: waits})
	disk := fmt.Errorf("%w: no space left", journal.ErrFailed)
	g.becameDurable(0, disk)
	if !g.hold(heldBack{task: later}) || !waits.ended() || !later.ended() || !l.isCut() {
		t.Fatal("something goes on")
	}
	var lost *lostError
	for _, w := range []*task{waits, later} {
		if !errors.As(w.err, &lost) || !errors.Is(w.err, journal.ErrFailed) {
			t.Errorf("told %v", w.err)
		}
	}
	if r := refusalOf(waits.err); r.code != -1007 || r.status != 503 || !strings.Contains(r.msg, "no space left") {
		t.Errorf("%+v", r)
	}
	if r := refusalOf(disk); r.code != -1008 || r.status != 503 || !strings.Contains(r.msg, "no space left") {
		t.Errorf("%+v", r)
	}
}

// inFolder starts a Gateway of a folder and fails the test when it cannot.
func inFolder(t testing.TB, c Config) *Gateway {
	t.Helper()
	g, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// A folder is of one venue: one that is made of other things is refused, and
// what is left open is the folder's.
func TestFolderOfAnotherVenueIsRefused(t *testing.T) {
	c := Config{Data: t.TempDir(), Seed: 7, Manual: true, Start: time.UnixMilli(1_790_000_000_000), Taker: decimal.New(1, 4)}
	inFolder(t, c).Close()
	other := engine.DefaultContracts("270326", 1806048000000)
	for name, change := range map[string]func(*Config){
		"seed":                     func(c *Config) { c.Seed = 8 },
		"push rule":                func(c *Config) { c.Push = engine.PushChanged },
		"clock":                    func(c *Config) { c.Manual = false },
		"taker's and maker's rate": func(c *Config) { c.Taker = decimal.New(2, 4) },
		"contracts":                func(c *Config) { c.Contracts = other },
	} {
		wrong := c
		change(&wrong)
		if _, err := New(wrong); !errors.Is(err, ErrOther) || !strings.Contains(err.Error(), "its "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	g := inFolder(t, Config{Data: c.Data, Manual: true})
	defer g.Close()
	if g.config.Seed != 7 || g.config.Taker != c.Taker || g.now() != c.Start.UnixMilli() {
		t.Errorf("seed %d, taker %v, now %d", g.config.Seed, g.config.Taker, g.now())
	}
	if _, err := New(c); !errors.Is(err, journal.ErrLocked) {
		t.Errorf("a second venue in the folder: %v", err)
	}
}

// A log that comes to something else than it did is refused.
func TestChangedRulesAreNoticed(t *testing.T) {
	c := Config{Data: t.TempDir(), Manual: true}
	g := inFolder(t, c)
	if _, err := g.NewAccount(t.Context(), NewAccount{Alias: "a", Balances: map[string]decimal.D{"BTC": decimal.New(1, 0)}}); err != nil {
		t.Fatal(err)
	}
	if err := g.do(t.Context(), func() { g.mixText("something that another engine did") }); err != nil {
		t.Fatal(err)
	}
	g.Close()
	if _, err := New(c); !errors.Is(err, ErrDiverged) || !strings.Contains(err.Error(), "venue.log: record ") {
		t.Error(err)
	}
}

// A panic in a command is the call's error, and no restart is spoilt by it.
func TestPanicIsDoneAgainToo(t *testing.T) {
	c := Config{Data: t.TempDir(), Manual: true}
	g := inFolder(t, c)
	if err := g.do(t.Context(), func() { g.takeKey(nil) }); err == nil {
		t.Fatal("there is no account nil")
	}
	if _, err := g.NewAccount(t.Context(), NewAccount{Alias: "a"}); err != nil {
		t.Fatal(err)
	}
	if err := g.do(t.Context(), func() { g.apply(&engine.Place{Account: "a", Symbol: "BTCUSD_PERP"}); panic("behind it") }); err == nil {
		t.Fatal("no panic")
	}
	g.Close()
	g = inFolder(t, c)
	defer g.Close()
	if _, err := g.NewAccount(t.Context(), NewAccount{Alias: "a"}); err == nil {
		t.Error("the account is gone")
	}
}

// Settings that may change do, from the start on that has them.
func TestSettingsChangeWithAStart(t *testing.T) {
	c := Config{Data: t.TempDir(), Manual: true, Start: time.UnixMilli(1_790_000_000_000), KeyLife: time.Minute}
	mark := func(walk bool, advance time.Duration) string {
		c.Walk = walk
		g := inFolder(t, c)
		defer g.Close()
		if _, err := g.Advance(t.Context(), advance); err != nil {
			t.Fatal(err)
		}
		v, err := g.engine.Market("BTCUSD_PERP")
		if err != nil {
			t.Fatal(err)
		}
		return v.Mark.String()
	}
	still := mark(false, time.Minute)
	moved := mark(true, time.Minute)
	if moved == still {
		t.Error("the mark does not walk")
	}
	if stopped := mark(false, time.Minute); stopped != moved {
		t.Errorf("the mark goes on from %s to %s", moved, stopped)
	}
	c.KeyLife = time.Hour
	g := inFolder(t, c)
	if _, err := g.NewAccount(t.Context(), NewAccount{Alias: "a"}); err != nil {
		t.Fatal(err)
	}
	var key *listenKey
	if err := g.do(t.Context(), func() { g.takeKey(g.byAlias["a"]); key = g.byAlias["a"].key }); err != nil {
		t.Fatal(err)
	}
	g.Close()
	c.KeyLife = time.Minute
	g = inFolder(t, c)
	defer g.Close()
	if again := g.byAlias["a"].key; again.text != key.text || again.expires != key.expires {
		t.Errorf("key %s until %d is %s until %d", key.text, key.expires, again.text, again.expires)
	}
}

// An address stays banned, a real clock does not go back, and a window of orders
// goes on.
func TestLimitsAreKept(t *testing.T) {
	c := Config{Data: t.TempDir()}
	g := inFolder(t, c)
	if _, err := g.NewAccount(t.Context(), NewAccount{Alias: "a"}); err != nil {
		t.Fatal(err)
	}
	var until, now int64
	err := g.do(t.Context(), func() {
		now = g.now()
		until = now + 120_000
		g.ban("192.0.2.1", until, 1)
		g.countOrders(g.byAlias["a"], 5)
		g.moment += 3_600_000 // as if the machine's clock had been an hour ahead
		g.countOrders(g.byAlias["a"], 6)
	})
	if err != nil {
		t.Fatal(err)
	}
	g.Close()
	g = inFolder(t, c)
	defer g.Close()
	err = g.do(t.Context(), func() {
		if u := g.addrs["192.0.2.1"]; u == nil || u.banned != until || u.bans != 1 {
			t.Errorf("banned: %+v", u)
		}
		if g.now() < now+3_600_000 {
			t.Errorf("the clock went back from %d to %d", now+3_600_000, g.now())
		}
		if n := g.byAlias["a"].orders1m.count; n != 6 {
			t.Errorf("%d orders in the window", n)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func keptTimers(t *testing.T, g *Gateway) (at []int64) {
	t.Helper()
	err := g.do(t.Context(), func() {
		for _, w := range g.timers {
			if w.kept {
				at = append(at, w.at)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(at)
	return at
}

// On a real clock too, what the exchange did by itself is not done twice, and
// what it is to do next stays as it was.
func TestTimersOfARealClockGoOn(t *testing.T) {
	c := Config{Data: t.TempDir(), Walk: true}
	g := inFolder(t, c)
	if _, err := g.NewAccount(t.Context(), NewAccount{Alias: "a"}); err != nil {
		t.Fatal(err)
	}
	err := g.do(t.Context(), func() {
		g.takeKey(g.byAlias["a"])
		g.moment += 9 * 3600_000 // as if so long had passed: funding, the walk and the key's end are due
	})
	before := keptTimers(t, g)
	g.Close()
	g = inFolder(t, c)
	defer g.Close()
	after := keptTimers(t, g)
	if err != nil || len(before) < 4 || !slices.Equal(before, after) || before[0] <= g.now() {
		t.Errorf("timers at %d were %d: %v", after, before, err)
	}
	if g.byAlias["a"].key != nil {
		t.Error("the key lives again")
	}
}

// Records that a venue never wrote are refused, and end nothing.
func FuzzReplay(f *testing.F) {
	config := Config{Manual: true, Start: time.UnixMilli(1_790_000_000_000), Seed: 1}
	whole := config.withDefaults(time.Time{})
	c := newCoder()
	for k, cmd := range emptyCommands() {
		c.buf = append(c.buf[:0], byte(k), 0)
		c.command(cmd)
		f.Add(slices.Clone(c.buf))
	}
	account, _ := json.Marshal(NewAccount{Alias: "b"})
	f.Add(append([]byte{byte(kindAccount), 0, byte(len(account))}, account...))
	for k := kindSettings; k <= kindBan; k++ {
		f.Add([]byte{byte(k), 2, 0, 1, 'a', 2, 2, 2, 2})
		f.Add([]byte{byte(k), 2, 0})
	}
	f.Fuzz(func(t *testing.T, record []byte) {
		d := &data{coder: newCoder(), commands: emptyCommands(), replaying: true}
		g, err := build(whole, config.Start.UnixMilli(), d)
		if err != nil {
			t.Fatal(err)
		}
		g.configure(whole.settings())
		g.again(func() { g.newAccount(NewAccount{Alias: "a", Balances: map[string]decimal.D{"BTC": decimal.New(1, 0)}}) })
		if g.replay(record) != nil {
			return
		}
		for _, b := range g.engine.Books() {
			if !b.Residual.IsZero() {
				t.Fatalf("%s is off by %v", b.Asset, b.Residual)
			}
		}
	})
}
