package engine

import (
	"os"
	"strconv"
	"testing"
)

// TestRandomCommands is the property test of the books: POISE_ENGINE_COMMANDS
// sets how many commands (50,000), over 1,000 accounts when it is a million.
//
//	POISE_ENGINE_COMMANDS=1000000 go test ./venue/engine -run TestRandomCommands -v
func TestRandomCommands(t *testing.T) {
	n, accounts := 50_000, 100
	if v := os.Getenv("POISE_ENGINE_COMMANDS"); v != "" {
		n, _ = strconv.Atoi(v)
		accounts = min(1000, max(100, n/1000))
	}
	if testing.Short() {
		n = commandsOf(20_000)
	}
	s := newSim(t, 1, accounts, simConfig(PushAll))
	s.settle = n * 3 / 4
	s.run(n)
	t.Log(s)
}
