package follower_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"poise/dapi"
	"poise/follower"
	"poise/store"
	"poise/venue/gateway"
)

// hear collects changes until ctx ends.
func (w *world) hear(ctx context.Context, from follower.Cursor) (*[]follower.Change, chan error) {
	var list []follower.Change
	done := make(chan error, 1)
	go func() {
		for c, err := range w.f.Changes(ctx, from) {
			if err != nil {
				done <- err
				return
			}
			list = append(list, c)
		}
		done <- nil
	}()
	return &list, done
}

// whole sees that changes are those of all records behind a position, each once
// and in order.
func (w *world) whole(list []follower.Change, from uint64) {
	w.t.Helper()
	n := from
	for _, c := range list {
		if c.Delta.Position != n+1 || c.Cursor.Position(store.PartitionOf("main")) != n+1 {
			w.t.Fatalf("change %d (cursor %v) came after %d", c.Delta.Position, c.Cursor, n)
		}
		n++
	}
	head, err := w.s.Head(w.t.Context(), store.PartitionOf("main"))
	if err != nil || head.Position != n {
		w.t.Errorf("changes end at %d, the journal at %d (%v)", n, head.Position, err)
	}
}

func TestChangesComeOnceInOrderAndDurable(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		ctx, stop := context.WithCancel(w.t.Context())
		live, ended := w.hear(ctx, follower.Cursor{})
		go func() {
			for c, err := range w.f.ChangesOf(ctx, "main", 0) {
				if err != nil {
					return
				}
				head, err := w.s.Head(context.Background(), store.PartitionOf("main"))
				if err != nil || head.Position < c.Delta.Position {
					t.Errorf("change %d was shown when the journal ended at %d", c.Delta.Position, head.Position)
				}
			}
		}()
		w.fault(gateway.Fault{Kind: "duplicate", Count: 10})
		w.trades(10)
		w.same()
		stop()
		if err := <-ended; !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		w.whole(*live, 0)
	})
}

// Whoever goes on from a cursor sees what follows it: nothing twice, nothing lost.
func TestChangesResume(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		w.trades(10)
		w.same()
		for from := range w.view().Position {
			var c follower.Cursor
			c.Set(store.PartitionOf("main"), from)
			parsed, err := follower.ParseCursor(c.String())
			if err != nil {
				t.Fatal(err)
			}
			ctx, stop := context.WithCancel(w.t.Context())
			list, ended := w.hear(ctx, parsed)
			synctest.Wait()
			stop()
			<-ended
			w.whole(*list, from)
		}
		if got := w.f.Head(); got.Position(store.PartitionOf("main")) != w.view().Position {
			t.Errorf("head %v, position %d", got, w.view().Position)
		}
	})
}

// A slow subscriber holds nobody up: what memory no longer has it gets from the
// journal, and is told so.
func TestSlowSubscriberIsServedFromTheJournal(t *testing.T) {
	inWorld(t, func(w *world) { w.memory = 64 << 10 }, func(w *world) {
		ctx, stop := context.WithCancel(w.t.Context())
		defer stop()
		fast, _ := w.hear(ctx, follower.Cursor{})
		next := make(chan struct{})
		var slow []follower.Change
		late := 0
		go func() {
			for c, err := range w.f.Changes(ctx, follower.Cursor{}) {
				if err != nil {
					return
				}
				slow = append(slow, c)
				if c.Late {
					late++
				}
				<-next
			}
		}()
		const n = 1_500
		for i := range n {
			w.v.Deposit(w.cred.Alias, "BTC", "0.00000001")
			if i%50 == 0 { // so that there are many blocks
				time.Sleep(time.Millisecond)
			}
		}
		w.until("heard by the fast one", func() bool { return len(*fast) >= n })
		if len(slow) != 1 {
			t.Fatalf("the slow one has %d changes", len(slow))
		}
		close(next)
		w.until("heard by the slow one", func() bool { return len(slow) == len(*fast) })
		w.whole(slow, 0)
		if late == 0 || late >= n {
			t.Errorf("%d of %d were late", late, len(slow))
		}
		for i, c := range *fast {
			if fmt.Sprintf("%+v", c.Delta) != fmt.Sprintf("%+v", slow[i].Delta) {
				t.Fatalf("change %d: %+v, from the journal %+v", i, c.Delta, slow[i].Delta)
			}
		}
		w.same()
	})
}

func mustKey(t *testing.T, key, secret string) dapi.Key {
	t.Helper()
	k, err := dapi.HMAC(key, secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Accounts come and go while others are followed, and one account's failure is
// its own.
func TestAccountsComeAndGo(t *testing.T) {
	inWorld(t, nil, func(w *world) {
		two := w.v.NewAccount("two", "BTC", "1")
		main := follower.Account{Name: "main", Key: mustKey(t, w.cred.APIKey, w.cred.APISecret)}
		second := follower.Account{Name: "second", Key: mustKey(t, two.APIKey, two.APISecret)}
		wrong := follower.Account{Name: "wrong", Key: mustKey(t, "NoSuchKeyNoSuchKey", "secret")}
		if err := w.f.SetAccounts([]follower.Account{main, second, wrong}); err != nil {
			t.Fatal(err)
		}
		status := func(name string) string {
			if v, ok := w.f.Account(name); ok {
				return v.Status
			}
			return "none"
		}
		w.until("live", func() bool { return status("second") == follower.Live })
		w.trades(4)
		w.v.Deposit("two", "BTC", "0.5")
		w.same()
		time.Sleep(10 * time.Minute)
		w.same()
		if v, _ := w.f.Account("wrong"); v.Status != follower.Starting || len(v.Alerts) == 0 {
			t.Errorf("a wrong key: %+v", v)
		}
		if got := len(w.f.Accounts()); got != 3 {
			t.Errorf("%d accounts", got)
		}
		before := w.view()
		if err := w.f.SetAccounts([]follower.Account{main}); err != nil {
			t.Fatal(err)
		}
		if status("second") != "none" || w.view().Stream.KeySince != before.Stream.KeySince {
			t.Errorf("second is %s; main's key since %v, was %v", status("second"), w.view().Stream.KeySince, before.Stream.KeySince)
		}
		w.v.Deposit("two", "BTC", "0.25") // while nobody listens
		fixed := wrong
		fixed.Key = second.Key
		if err := w.f.SetAccounts([]follower.Account{main, second}); err != nil {
			t.Fatal(err)
		}
		w.until("live", func() bool { return status("second") == follower.Live })
		v, _ := w.f.Account("second")
		if v.Balances[1].Wallet.String() != "1.75000000" {
			t.Errorf("%+v", v.Balances)
		}
		if err := w.f.SetAccounts([]follower.Account{main, main}); !errors.Is(err, follower.ErrConfig) {
			t.Errorf("twice the same name: %v", err)
		}
		w.same()
	})
}
