package follower_test

import "testing"

func TestCalm(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(20)
		w.same()
	})
}
