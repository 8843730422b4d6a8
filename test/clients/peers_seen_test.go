package clients

import (
	"maps"
	"slices"
	"sync"
	"testing"

	"poise/decimal"
	"poise/venue"
	"poise/venue/gateway"
)

// part is one reason for one change of a wallet, as a client tells it.
type part struct{ kind, asset, amount string }

// account is what a client is to follow.
type account struct {
	row       string // the row of the table it is for
	v         *venue.Venue
	cred      gateway.Credentials
	fast      bool // keys live scale times faster than the exchange's
	snapshots bool // of what it holds are what is asked for
}

// client is one that follows an account: what its consumer was handed, and what
// it holds.
type client interface {
	seen() *seen
	// parts is all that it can tell now of why wallets moved.
	parts(t *testing.T) []part
	// again is the same client after the death of its process, told nothing.
	again(t *testing.T) client
}

// opener begins to follow; what is not installed skips the test.
type opener func(t *testing.T, a *account) client

// seen is written by what listens to a client and read by the rows.
type seen struct {
	mu        sync.Mutex
	told      []string // wallets of BTC, in the order in which they were handed over
	wallets   map[string]string
	breakEven string
}

func (s *seen) tell(btc string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.told = append(s.told, btc)
}

func (s *seen) hold(wallets map[string]string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.wallets == nil {
		s.wallets = map[string]string{}
	}
	maps.Copy(s.wallets, wallets)
}

func (s *seen) price(breakEven string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.breakEven = breakEven
}

func (s *seen) wallet(asset string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.wallets[asset]
}

func (s *seen) lastBreakEven() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.breakEven
}

func (s *seen) all() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.told)
}

// same is whether a text is a number, and that one: digits count, zeros behind
// them do not.
func same(text string, d decimal.D) bool {
	got, err := decimal.Parse(text)
	return err == nil && got.Equal(d)
}
