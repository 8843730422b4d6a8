package follower

import (
	"bytes"
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poise/account"
)

func TestInboxKeepsOrderAndGathers(t *testing.T) {
	q := newInbox()
	var writers sync.WaitGroup
	const each = 5_000
	data := func(w, i int) []byte { return bytes.Repeat([]byte{byte('a' + (w+i)%26)}, i*i%6_000) }
	for w := range 3 {
		writers.Go(func() {
			for i := range each {
				r := account.Record{Account: strconv.Itoa(w), Received: int64(i), Data: data(w, i)}
				put := func(ctx context.Context, r account.Record) error { return q.put(ctx, r) }
				if w > 0 {
					put = q.lend
				}
				if err := put(t.Context(), r); err != nil {
					t.Error(err)
				}
				if w > 0 {
					clear(r.Data) // it is ours again
				}
			}
		})
	}
	go func() { writers.Wait(); q.close() }()
	next, blocks := map[string]int64{}, 0
	for {
		<-q.more
		for {
			records, over := q.take()
			if over {
				if next["0"]+next["1"]+next["2"] != 3*each {
					t.Errorf("%v", next)
				}
				return
			}
			if len(records) == 0 {
				break
			}
			blocks++
			for _, r := range records {
				if r.Received != next[r.Account] {
					t.Fatalf("writer %s: %d came for %d", r.Account, r.Received, next[r.Account])
				}
				if w, _ := strconv.Atoi(r.Account); !bytes.Equal(r.Data, data(w, int(r.Received))) {
					t.Fatalf("writer %d: the data of %d is %.20q, %d bytes", w, r.Received, r.Data, len(r.Data))
				}
				next[r.Account]++
			}
		}
	}
}

func TestInboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newInbox()
		big := account.Record{Data: make([]byte, inboxBytes/4)}
		for range 4 {
			if err := q.put(t.Context(), big); err != nil {
				t.Fatal(err)
			}
		}
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		if err := q.put(ctx, big); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("a full inbox took more: %v", err)
		}
		done := make(chan error, 1)
		go func() { done <- q.put(t.Context(), big) }()
		synctest.Wait()
		if records, _ := q.take(); len(records) != 4 {
			t.Fatalf("took %d", len(records))
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		q.close()
		if err := q.put(t.Context(), big); !errors.Is(err, errInboxClosed) {
			t.Errorf("a closed inbox: %v", err)
		}
		if records, over := q.take(); len(records) != 1 || over {
			t.Errorf("a closed inbox gives what is in it: %d, %v", len(records), over)
		}
		if _, over := q.take(); !over {
			t.Error("it is over")
		}
	})
}

func TestCursor(t *testing.T) {
	var c Cursor
	c.Set(5, 1024)
	c.Set(63, 3)
	for _, want := range []Cursor{{}, c} {
		got, err := ParseCursor(want.String())
		if err != nil || got != want {
			t.Errorf("%q: %v, %v", want, got, err)
		}
	}
	for _, bad := range []string{"5", "-1-3", "64-1", "5-0", "5-1.5-2", "a-1", "5--1", "5-1.", "5-99999999999999999999"} {
		if _, err := ParseCursor(bad); !errors.Is(err, ErrCursor) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
