package clients

import (
	"cmp"
	"os"
	"strings"
	"sync"
	"testing"
)

const connector = "@binance/derivatives-trading-coin-futures"

// peers are the columns, ours first.
var peers = []struct {
	name    string
	open    func(t *testing.T) opener
	version func(t *testing.T) string
	notes   string // on how it is used, and why it does what it does
}{
	{"poise", func(*testing.T) opener { return openPoise }, func(*testing.T) string { return "" },
		"`follower.New` with its defaults, two lines; where keys live faster, `CheckEvery` is 1 s. Explained: the entries of its ledger, the lost " +
			"part from income that it asks for by itself."},
	{"go-binance", func(*testing.T) opener { return openGoBinance }, goBinanceVersion,
		"`delivery.WsUserDataServe`, with `NewKeepaliveUserStreamService` called every half hour, which is its caller's to do. When the " +
			"socket ends it closes a channel; to begin again is its caller's too, and there is no helper for it. It holds nothing: the consumer keeps the last message. " +
			"Explained: by `bc` of events and by order events; the package has no call for income."},
	{"ccxt", func(t *testing.T) opener { return nodePeers(t, "peer-ccxt.mjs", "ccxt") }, func(t *testing.T) string { return npmVersion(t, "ccxt") },
		"loops of `watchBalance` and `watchPositions` that begin again after an error, `number = String` (by default amounts are floats), wallets as in " +
			"`exchange.balance`. A wait is handed the latest state, not each one. It does not know `listenKeyExpired`; its keep-alive, 20 minutes by default, finds a dead key. " +
			"`fetchBalanceSnapshot` is on for the row of resync alone: what was held before lies over the snapshot (read in its source), and with it on a malformed " +
			"frame is the last that a wait is handed (tried). " +
			"`bep` is in `info`. Explained: `fetchLedger`, which asks the exchange."},
	{"npm binance", func(t *testing.T) opener { return nodePeers(t, "peer-binance.mjs", "binance") }, func(t *testing.T) string { return npmVersion(t, "binance") },
		"`WebsocketClient`, raw messages (`beautify` makes floats of amounts, read in its source), `getBalance` when it says `reconnected`, as its README has it. It holds nothing: the " +
			"consumer keeps the last message. Its keep-alive asks /fapi/v1/listenKey, of the other product, which the venue does not know: it fails, and the stream is begun anew on the same key, " +
			"which renews it. What the exchange answers there was not tried. Its 50 minutes and 15 seconds have no setting: where keys live faster, the " +
			"two timers are made faster. Explained: `getIncomeHistory`, which asks the exchange."},
	{"connector", func(t *testing.T) opener { return nodePeers(t, "peer-connector.mjs", connector) }, func(t *testing.T) string { return npmVersion(t, connector) },
		"the exchange's own, npm `@binance/derivatives-trading-coin-futures`: `startUserDataStream`, `userData(listenKey)` on its websocket streams, `keepaliveUserDataStream` every half " +
			"hour, which is its caller's to do, `futuresAccountBalance` when it says `open`. It begins again 5 s after a line is lost, with the key that it had; it does not " +
			"know `listenKeyExpired`, which is its caller's; without a listener for `error` a refused connection ends the process. It holds nothing: the consumer keeps the last message. Explained: `getIncomeHistory`, which asks the exchange."},
}

// TestPeers makes the same journey with each: ours must do all of it, and no
// peer more than docs/peers.md says. Less may be a busy machine's doing, and is
// told only.
func TestPeers(t *testing.T) {
	if testing.Short() {
		t.Skip("it waits some seconds for what does not come")
	}
	m := &measured{cells: map[[2]string]string{}}
	var loading sync.WaitGroup // nobody's time runs while others load their modules
	loading.Add(len(peers))
	together(len(peers), func(i int) {
		p, loaded := peers[i], sync.OnceFunc(loading.Done)
		defer loaded() // -run may leave it out
		t.Run(p.name, func(t *testing.T) {
			defer loaded() // it may be skipped
			open := p.open(t)
			loaded()
			loading.Wait()
			m.column(t, p.name, open)
		})
	})
	for _, r := range rows {
		if got, is := m.cells[[2]string{r.name, "poise"}]; is && !whole(got) {
			t.Errorf("poise, %s: %q", r.name, got)
		}
	}
	if os.Getenv("POISE_PEERS") != "" {
		m.write(t)
		return
	}
	m.compare(t)
}

// measured is the cells, by row and peer.
type measured struct {
	mu    sync.Mutex
	cells map[[2]string]string
}

func (m *measured) column(t *testing.T, peer string, open opener) {
	together(len(rows), func(i int) {
		r := &rows[i]
		t.Run(r.name, func(t *testing.T) {
			x := r.open(t, open)
			if peer == "poise" && os.Getenv("POISE_PEERS") == "" {
				x.given = begin // it must do all, however busy the machine: nobody reads how soon
			}
			if !x.hears(begin) {
				if peer != "poise" && os.Getenv("POISE_PEERS") == "" {
					t.Skipf("it does not listen after %v", begin)
				}
				t.Fatalf("it does not listen after %v", begin)
			}
			cell := r.run(x)
			m.mu.Lock()
			defer m.mu.Unlock()
			m.cells[[2]string{r.name, peer}] = cell
		})
	})
}

// together does all at once, however few processors there are: it is waiting.
func together(n int, f func(i int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

// compare fails for what docs/peers.md does not give a peer credit for.
func (m *measured) compare(t *testing.T) {
	written := tableOf(t, peersFile)
	for i, r := range rows {
		for j, p := range peers {
			got, is := m.cells[[2]string{r.name, p.name}]
			if !is {
				continue
			}
			was := written[i+2][j+1]
			switch c := cmp.Compare(worth(got), worth(was)); {
			case c > 0:
				t.Errorf("%s, %s: %s, and %s has %q: make it again", p.name, r.name, got, peersFile, was)
			case c < 0:
				t.Logf("%s, %s: %s, and %s has %q", p.name, r.name, got, peersFile, was)
			}
		}
	}
}

// whole is a cell that nothing lacks.
func whole(cell string) bool {
	n, of, counted := strings.Cut(cell, " of ")
	return cell == "yes" || counted && n == of
}

// worth is how much of a row a cell has.
func worth(cell string) string {
	switch cell {
	case "yes":
		return "9 of 9"
	case "no":
		return "0 of 9"
	}
	return cell // a digit of a digit
}
