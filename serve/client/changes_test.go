package client_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"poise/serve/client"
)

// changesOf takes changes until the wallet of BTC is as given.
func changesOf(t *testing.T, c *client.Client, q client.ChangesQuery, until string) (amounts []string) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
	defer stop()
	var last uint64
	for change, err := range c.Changes(ctx, q) {
		if err != nil {
			t.Fatalf("after %v: %v", amounts, err)
		}
		if change.Account != "main" || change.Position <= last || change.Cursor == "" {
			t.Fatalf("a change of %s at %d behind %d, cursor %q", change.Account, change.Position, last, change.Cursor)
		}
		last = change.Position
		for _, e := range change.Entries {
			amounts = append(amounts, e.Amount.String())
			if e.Balance.String() == until {
				return amounts
			}
		}
	}
	return amounts
}

// TestChangesComeOnceOverCutLines: the line breaks in the middle of every second
// write, and no change is missing or comes twice.
func TestChangesComeOnceOverCutLines(t *testing.T) {
	w := newWorld(t)
	h, err := w.c.Account(t.Context(), "main", client.AccountQuery{})
	must(t, err)
	var want []string
	for i := range 12 {
		amount := fmt.Sprintf("0.0000000%d", i%9+1)
		want = append(want, amount)
		w.deposit(amount)
	}
	w.face.set(func() { w.face.cutAt = 2 })
	lost, up := 0, 0
	q := client.ChangesQuery{Account: "main", From: h.Cursor, OnLine: func(s client.LineState) {
		if s.Up {
			up++
			return
		}
		if lost++; s.Err == nil || s.Again <= 0 {
			t.Errorf("lost for %v, again in %s", s.Err, s.Again)
		}
	}}
	c := w.client(client.Config{Token: token, PauseMost: 10 * time.Millisecond})
	got := changesOf(t, c, q, "2.00000051")
	if !slices.Equal(got, want) {
		t.Errorf("changes\n%v, want\n%v", got, want)
	}
	if lost < 3 || up < 3 {
		t.Errorf("the line was up %d times and lost %d times: it never broke", up, lost)
	}
	w.face.set(func() {
		if f := w.face.froms; f[0] != h.Cursor || f[len(f)-1] == h.Cursor { // a stream may be cut behind heartbeats alone
			t.Errorf("it went on from %v", w.face.froms)
		}
	})
}

// TestASilentStreamIsOpenedAgain: a line that brings no heartbeat is lost.
func TestASilentStreamIsOpenedAgain(t *testing.T) {
	w := newWorld(t)
	w.face.set(func() { w.face.mute = true })
	c := w.client(client.Config{Token: token, SilenceMost: 100 * time.Millisecond, PauseMost: 10 * time.Millisecond})
	var silent bool
	q := client.ChangesQuery{Account: "main", From: "0", OnLine: func(s client.LineState) {
		if errors.Is(s.Err, client.ErrSilent) {
			silent = true
			w.face.set(func() { w.face.mute = false })
		}
	}}
	w.deposit("0.5")
	if got := changesOf(t, c, q, "2.50000000"); !silent || !slices.Contains(got, "0.50000000") {
		t.Errorf("silent: %v, changes %v", silent, got)
	}
}

// TestHeartbeatsKeepAQuietStream: a stream with nothing new is not lost.
func TestHeartbeatsKeepAQuietStream(t *testing.T) {
	w := newWorld(t)
	c := w.client(client.Config{Token: token, SilenceMost: time.Second})
	ctx, stop := context.WithTimeout(t.Context(), 1200*time.Millisecond)
	defer stop()
	for _, err := range c.Changes(ctx, client.ChangesQuery{OnLine: func(s client.LineState) {
		if !s.Up {
			t.Errorf("lost: %v", s.Err)
		}
	}}) {
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("it ended with %v", err)
		}
	}
	w.face.set(func() {
		if w.face.streams != 1 {
			t.Errorf("%d streams were opened", w.face.streams)
		}
	})
}

// TestTakingNoMoreEndsTheStream: goleak sees what is left.
func TestTakingNoMoreEndsTheStream(t *testing.T) {
	w := newWorld(t)
	w.deposit("0.5")
	n := 0
	for _, err := range w.c.Changes(t.Context(), client.ChangesQuery{From: "0"}) {
		must(t, err)
		if n++; n == 2 {
			break
		}
	}
	if n != 2 {
		t.Errorf("%d changes", n)
	}
}

func TestChangesReadTheirForm(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"an event", "retry: 1000\nid: 1-2\ndata: {\"a\":1}\n\n", `1-2 1s {"a":1}`},
		{"a heartbeat", ": nothing new\n\n", " 0s "},
		{"lines of DOS, no space", "id:7\r\ndata:x\r\n\r\n", "7 0s x"},
		{"data of two lines", "data: a\ndata: b\n\n", " 0s a\nb"},
		{"cut off", "id: 7\ndata: {\"a\"", "EOF"},
		{"without its empty line", "id: 7\ndata: x\n", "EOF"},
		{"a retry that is none", "retry: -5\n\n", " 0s "},
		{"a long line", "data: " + strings.Repeat("x", 70<<10) + "\n\n", "the answer is too large: a change has more than 1000 bytes"},
		{"many lines", strings.Repeat("data: xxxxxxx\n", 100) + "\n", "the answer is too large: a change has more than 1000 bytes"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := client.ReadEvent(strings.NewReader(c.in), 1000); got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}
