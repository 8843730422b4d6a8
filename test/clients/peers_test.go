package clients

import (
	"sync"
	"testing"
)

// peers are the columns.
var peers = []struct {
	name string
	open func(t *testing.T) opener
}{
	{"poise", func(*testing.T) opener { return openPoise }},
	{"go-binance", func(*testing.T) opener { return openGoBinance }},
	{"ccxt", func(t *testing.T) opener { return nodePeers(t, "peer-ccxt.mjs", "ccxt") }},
	{"npm binance", func(t *testing.T) opener { return nodePeers(t, "peer-binance.mjs", "binance") }},
}

func TestPeers(t *testing.T) {
	m := &measured{cells: map[[2]string]string{}}
	together(len(peers), func(i int) {
		p := peers[i]
		t.Run(p.name, func(t *testing.T) { m.column(t, p.name, p.open(t)) })
	})
	for _, r := range rows {
		l := r.name
		for _, p := range peers {
			l += " | " + m.cells[[2]string{r.name, p.name}]
		}
		t.Log(l)
	}
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
			cell := r.run(r.open(t, open))
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
