package dapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poise/dapi"
	"poise/venue"
	"poise/venue/gateway"
)

func TestAMessageComesOnEveryLine(t *testing.T) {
	for lines := range 4 {
		inWorld(t, dapi.Config{}, func(w *world) {
			_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{Lines: lines})
			want := lines
			if lines == 0 {
				want = 2
			}
			m := w.deposit("SgsR")
			if l.heard(m) != want || l.all(dapi.LineUp) != want {
				t.Errorf("%d lines: heard %d times, %q", lines, l.heard(m), l.events)
			}
			if now := time.Now().UnixNano(); l.frames[0].Received != now {
				t.Errorf("received %d, now is %d", l.frames[0].Received, now)
			}
		})
	}
}

// all counts what is heard of a deposit every few minutes, for a day.
func TestADayOfDeposits(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		s, l, stop := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		for range 60 * 24 / 7 {
			pass(7 * time.Minute)
			if m := w.deposit("SgsR"); l.heard(m) < 2 {
				t.Fatalf("%s was heard %d times: %q", m, l.heard(m), l.events)
			}
		}
		if l.all(dapi.LineTrouble) != 0 || l.count("0 key") != 1 || l.all(dapi.LineUp) < 4 || l.all(dapi.LineUp) > 8 {
			t.Errorf("a quiet day: %q", l.events)
		}
		st := s.State()
		if !st.HasKey || st.Keys != 1 || time.Since(st.KeyKept) > 34*time.Minute || len(st.Lines) != 2 || !st.Lines[0].Up || st.Lines[0].Frames == 0 || st.Lines[0].Heard == 0 {
			t.Errorf("%+v", st)
		}
		stop()
		if l.all(dapi.LineUp) != l.all(dapi.LineDown) {
			t.Errorf("%q", l.events)
		}
	})
}

func TestLinesAreReplacedNewBeforeOldAndNotTogether(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{LineLife: time.Hour})
		pass(10 * time.Hour)
		up := 0
		for i, e := range l.events {
			switch {
			case strings.Contains(e, " up"):
				up++
			case strings.Contains(e, " down"):
				up--
			}
			if i > 2 && (up < 2 || up > 4) {
				t.Fatalf("%d lines are up after %q", up, l.events[:i+1])
			}
		}
		if n := l.all(dapi.LineUp); n < 2*9 || n > 2*16 {
			t.Errorf("%d lines in ten hours of one hour each, less a quarter", n)
		}
		for _, id := range []string{"1 up", "2 up", "3 up", "4 up"} {
			if l.count(id) == 0 {
				t.Errorf("no %s: %q", id, l.events)
			}
		}
	})
}

// What is in flight when a line is replaced comes on the old one and the new.
func TestTheOldLineGoesOnForAWhile(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		s, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		pass(10 * time.Second)
		s.Renew("silent")
		pass(time.Second)
		if m := w.deposit("SgsR"); l.heard(m) != 4 {
			t.Errorf("heard %d times: %q", l.heard(m), l.events)
		}
		pass(3 * time.Second)
		if m := w.deposit("SgsR"); l.heard(m) != 2 {
			t.Errorf("heard %d times: %q", l.heard(m), l.events)
		}
	})
}

// While one line does not open, another is not given up for its age.
func TestALineThatIsDueWaitsForOneThatDoesNotOpen(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{LineLife: time.Hour})
		w.net.Refuse(true)
		w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "disconnect", Line: 1})
		pass(59 * time.Minute) // a key lives for 60
		down, up := 1, 2
		if l.up[1] {
			down, up = 2, 1
		}
		if l.count(fmt.Sprint(down, " trouble")) == 0 || l.count(fmt.Sprint(up, " trouble")) != 0 {
			t.Errorf("%q", l.events)
		}
		w.net.Refuse(false)
		pass(5 * time.Minute)
		if m := w.deposit("SgsR"); l.heard(m) != 2 {
			t.Errorf("%q", l.events)
		}
	})
}

func expire(w *world, event bool) {
	w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "expire-key", Event: &event})
	synctest.Wait()
}

func TestAKeyThatExpiresWithItsEventIsReplacedAtOnce(t *testing.T) {
	for _, text := range []bool{false, true} {
		inWorld(t, dapi.Config{}, func(w *world) {
			_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
			pass(10 * time.Second)
			expire(w, true)
			pass(time.Second)
			m := w.deposit("SgsR")
			if l.heard(m) != 2 || l.count("0 key") != 2 || l.all(dapi.LineUp) != 4 {
				t.Errorf("E as a text %v: heard %d times, %q", text, l.heard(m), l.events)
			}
			pass(10 * time.Second)
			if l.all(dapi.LineDown) != 2 || l.lines() != 2 {
				t.Errorf("%q", l.events)
			}
		}, func(v *venue.Venue) { v.ExpiryText = text })
	}
}

func TestAnEventOfAnotherKeyOrAWordInAnOrderIsIgnored(t *testing.T) {
	for _, fake := range []string{
		`{"e":"listenKeyExpired","E":1,"listenKey":"another"}`,
		`{"e":"ORDER_TRADE_UPDATE","E":1,"T":1,"o":{"c":"listenKeyExpired"}}`,
		`{"listenKeyExpired":"listenKeyExpired"`,
	} {
		inWorld(t, dapi.Config{}, func(w *world) {
			_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
			pass(10 * time.Second)
			w.deposit("SgsR")
			pass(10 * time.Second)
			if l.heard(fake) != 2 || l.count("0 key") != 1 || l.all(dapi.LineUp) != 2 {
				t.Errorf("%s: %q", fake, l.events)
			}
		}, func(v *venue.Venue) {
			v.OnPush = func(string, []byte) gateway.Delivery { return gateway.Delivery{Message: []byte(fake)} }
		})
	}
}

// An event without the key, as before 2024, is about the key of its line.
func TestAnEventThatNamesNoKey(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		pass(10 * time.Second)
		w.deposit("SgsR")
		pass(10 * time.Second)
		if l.all(dapi.LineUp) != 4 || l.lines() != 2 { // the key is the same, but who knows
			t.Errorf("%q", l.events)
		}
	}, func(v *venue.Venue) {
		v.OnPush = func(string, []byte) gateway.Delivery {
			return gateway.Delivery{Message: []byte(`{"e":"listenKeyExpired","E":"1"}`)}
		}
	})
}

func TestAKeyThatExpiresInSilenceIsNoticedByTheKeepAlive(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		expire(w, false)
		lost := w.deposit("SgsR")
		pass(34 * time.Minute)
		m := w.deposit("SgsR")
		if l.heard(lost) != 0 || l.heard(m) != 2 || l.count("0 key") != 2 {
			t.Errorf("%q", l.events)
		}
	})
}

func TestRenewTellsSooner(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		s, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		pass(10 * time.Second)
		expire(w, false)
		for range 5 {
			s.Renew("REST knows more than the stream")
		}
		pass(time.Second)
		if m := w.deposit("SgsR"); l.heard(m) != 2 || l.count("0 key") != 2 {
			t.Errorf("%q", l.events)
		}
		s.Renew("again") // within 5 s: joined
		pass(10 * time.Second)
		s.Renew("nothing is wrong")
		pass(time.Second)
		if l.count("0 key") != 2 || l.all(dapi.LineUp) != 4 {
			t.Errorf("%q", l.events)
		}
		pass(10 * time.Second)
		for range 3 { // within 5 s: joined
			s.Renew("silent")
			pass(2 * time.Second)
		}
		pass(10 * time.Second)
		if l.count("0 key") != 2 || l.all(dapi.LineUp) != 6 || l.lines() != 2 {
			t.Errorf("%q", l.events)
		}
	})
}

// somebody is another consumer of the same account.
func somebody(w *world, c gateway.Credentials, method string) string {
	w.t.Helper()
	r, err := http.NewRequestWithContext(w.t.Context(), method, w.v.URL()+"/dapi/v1/listenKey", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("X-MBX-APIKEY", c.APIKey)
	client := &http.Client{Transport: &http.Transport{DialContext: w.net.Dial, DisableKeepAlives: true}}
	res, err := client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	var v struct{ ListenKey string }
	if err := json.NewDecoder(res.Body).Decode(&v); err != nil || res.StatusCode != 200 {
		w.t.Fatal(res.Status, err)
	}
	return v.ListenKey
}

func TestOthersUseTheSameKey(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		them := w.v.NewAccount("SgsR")
		_, l, stop := w.follow(w.x.Client(keyOf(t, them)), dapi.StreamConfig{})
		key := somebody(w, them, "POST") // nothing changes
		pass(34 * time.Minute)
		if l.count("0 key") != 1 || l.all(dapi.LineUp) != 2 {
			t.Errorf("after their POST: %q", l.events)
		}
		stop()
		if again := somebody(w, them, "POST"); again != key {
			t.Error("the key was deleted")
		}
	})
}

func TestAKeyThatOthersDeleteIsNoticed(t *testing.T) {
	for _, name := range []string{"and nobody makes another", "and they make another"} {
		inWorld(t, dapi.Config{}, func(w *world) {
			them := w.v.NewAccount("SgsR")
			_, l, _ := w.follow(w.x.Client(keyOf(t, them)), dapi.StreamConfig{})
			somebody(w, them, "DELETE") // closes the sockets, 1000
			if strings.Contains(name, "they") {
				somebody(w, them, "POST")
			}
			pass(time.Minute)
			if m := w.deposit("SgsR"); l.heard(m) != 2 || l.count("0 key") != 2 {
				t.Errorf("%s: %q", name, l.events)
			}
		})
	}
}

func TestSocketsThatEndAreOpenedAgain(t *testing.T) {
	ends := map[string]func(*world){
		"cut":         func(w *world) { w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "disconnect"}) },
		"one cut":     func(w *world) { w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "disconnect", Line: 1}) },
		"closed 1001": func(w *world) { w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "close", Code: 1001}) },
		"closed 1008": func(w *world) { w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "close", Code: 1008}) },
		"closed 1000": func(w *world) { w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "close", Code: 1000}) },
		"reset":       func(w *world) { w.net.Cut() },
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			inWorld(t, dapi.Config{}, func(w *world) {
				_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
				pass(time.Minute)
				end(w)
				pass(5 * time.Second)
				if m := w.deposit("SgsR"); l.heard(m) != 2 || l.lines() != 2 || l.all(dapi.LineDown) == 0 {
					t.Errorf("%d heard: %q", l.heard(m), l.events)
				}
			})
		})
	}
}

// A cable that is pulled tells nobody; the ping watch finds out in twice its time.
func TestASilentServerIsFoundByPings(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{PingEvery: 20 * time.Second})
		pass(time.Minute)
		if l.all(dapi.LineDown) != 0 {
			t.Fatalf("pongs were not heard: %q", l.events)
		}
		w.net.Stall(true)
		pass(41 * time.Second)
		if l.all(dapi.LineDown) != 2 {
			t.Errorf("%q", l.events)
		}
		w.net.Stall(false)
		pass(time.Minute)
		if m := w.deposit("SgsR"); l.heard(m) != 2 {
			t.Errorf("%q", l.events)
		}
	})
}

func TestAnOutageIsToldAndSurvived(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		w.net.Refuse(true)
		w.net.Cut()
		before := w.net.Dials()
		pass(2 * time.Hour) // the key has expired when it is over
		if n := w.net.Dials() - before; n < 200 || n > 4000 || l.all(dapi.LineTrouble) == 0 {
			t.Errorf("%d dials in two hours of outage", n)
		}
		w.net.Refuse(false)
		pass(2 * time.Minute)
		if m := w.deposit("SgsR"); l.heard(m) != 2 || l.count("0 key") != 2 {
			t.Errorf("heard %d, %d keys", l.heard(m), l.count("0 key"))
		}
	})
}

func TestKeepAlivesOutliveFailuresOfREST(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		end := w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rest-error", Status: 500, Code: -1000, Count: 1_000_000})
		pass(50 * time.Minute)
		end()
		pass(3 * time.Hour)
		if l.all(dapi.LineTrouble) == 0 || l.count("0 key") != 1 {
			t.Errorf("%q", l.events)
		}
	})
}

func TestABadAPIKeyIsToldAndTriedAgain(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		k, _ := dapi.HMAC("nobody", "secret")
		_, l, _ := w.follow(w.x.Client(k), dapi.StreamConfig{})
		pass(10 * time.Minute)
		if n := l.count("0 trouble dapi: POST /dapi/v1/listenKey: 401, -2015: "); n < 5 || n > 11 || l.all(dapi.LineUp) != 0 {
			t.Errorf("%d: %q", n, l.events)
		}
	})
}

func TestASinkThatWaitsHasOnlyItsSocketWait(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, _ := w.follow(w.account("SgsR"), dapi.StreamConfig{Lines: 1})
		l.block = make(chan struct{})
		var sent []string
		for range 100 {
			sent = append(sent, w.deposit("SgsR"))
		}
		if len(l.frames) != 1 {
			t.Errorf("%d frames were given to a sink that waits", len(l.frames))
		}
		pass(5 * time.Minute) // no ping watch meanwhile
		close(l.block)
		pass(time.Second)
		for i, m := range sent {
			if i >= len(l.frames) || string(l.frames[i].Data) != m {
				t.Fatalf("frame %d is lost or out of order", i)
			}
		}
		if l.all(dapi.LineDown) != 0 {
			t.Errorf("%q", l.events)
		}
	})
}

func TestAStreamEndsWhileItsSinkWaits(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		_, l, stop := w.follow(w.account("SgsR"), dapi.StreamConfig{})
		l.block = make(chan struct{})
		w.deposit("SgsR")
		began := time.Now()
		stop()
		if time.Since(began) > time.Second {
			t.Error(time.Since(began))
		}
	})
}

// At any moment of its life.
func TestAStreamThatEndsLeavesNothing(t *testing.T) {
	for i := range 40 {
		inWorld(t, dapi.Config{}, func(w *world) {
			ctx, cancel := context.WithTimeoutCause(w.t.Context(), time.Duration(i)*37*time.Millisecond, errStop)
			defer cancel()
			l := newListener()
			s := w.account("SgsR").NewStream(dapi.StreamConfig{Lines: 3, LineLife: 300 * time.Millisecond}, l)
			if err := s.Run(ctx); !errors.Is(err, errStop) {
				t.Error(err)
			}
			if l.lines() != 0 || len(l.wrong) != 0 || l.all(dapi.LineUp) != l.all(dapi.LineDown) {
				t.Errorf("%q %q", l.wrong, l.events)
			}
			if err := s.Run(w.t.Context()); err == nil {
				t.Error("it ran twice")
			}
		})
	}
}

var errStop = errors.New("time to stop")

// Every account hears something before any has its second line.
func TestAccountsThatHearNothingConnectFirst(t *testing.T) {
	inWorld(t, dapi.Config{ConnectsPerSecond: 1}, func(w *world) {
		var all []*listener
		for i := range 10 {
			_, l, _ := w.follow(w.account(fmt.Sprint("a", i)), dapi.StreamConfig{})
			all = append(all, l)
		}
		pass(time.Minute)
		w.net.Cut()
		pass(14 * time.Second) // and the backoff
		for i, l := range all {
			if l.lines() == 0 {
				t.Errorf("account %d hears nothing: %q", i, l.events)
			}
		}
	}, venue.Unlimited())
}

func TestConnectsOfAllAccountsAreSpaced(t *testing.T) {
	inWorld(t, dapi.Config{ConnectsPerSecond: 4}, func(w *world) {
		var all []*listener
		for i := range 10 {
			_, l, _ := w.follow(w.account(fmt.Sprint("a", i)), dapi.StreamConfig{})
			all = append(all, l)
		}
		pass(10 * time.Second)
		w.net.Cut()
		up := func() (n int) {
			for _, l := range all {
				n += l.lines()
			}
			return n
		}
		pass(2 * time.Second)
		if n := up(); n < 4 || n > 9 {
			t.Errorf("%d lines are up 2 s after all were cut", n)
		}
		pass(20 * time.Second)
		if n := up(); n != 20 {
			t.Errorf("%d lines are up", n)
		}
	}, venue.Unlimited())
}

// Keep-alives of accounts that start together are spread, and no account asks more
// often than it should.
func TestKeepAlivesAreSpread(t *testing.T) {
	inWorld(t, dapi.Config{ConnectsPerSecond: -1}, func(w *world) {
		var mu sync.Mutex
		byMinute, total, posts := map[int64]int{}, 0, 0
		config := w.config
		config.REST = "http://" + serve(w.t, w.net, func(rw http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if r.Method == "PUT" {
				byMinute[time.Now().Unix()/60]++
				total++
				io.WriteString(rw, `{}`) // as older servers do
				return
			}
			posts++
			io.WriteString(rw, `{"listenKey":"abc"}`)
		})
		x := newExchange(w.t, config)
		for i := range 30 {
			w.follow(x.Client(keyOf(t, w.v.NewAccount(fmt.Sprint("a", i)))), dapi.StreamConfig{Lines: 1})
		}
		pass(2 * time.Hour)
		mu.Lock()
		defer mu.Unlock()
		busiest := slices.Max(slices.Collect(maps.Values(byMinute)))
		if busiest > 12 || total < 30*3 || total > 30*5 || posts != 30 {
			t.Errorf("%d keep-alives in the busiest minute, %d in all, %d keys asked for", busiest, total, posts)
		}
	})
}

func TestNoListenKeyInWhatIsTold(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		them := w.v.NewAccount("SgsR")
		s, l, _ := w.follow(w.x.Client(keyOf(t, them)), dapi.StreamConfig{})
		key := somebody(w, them, "POST")
		pass(10 * time.Second)
		w.net.Refuse(true)
		w.net.Cut()
		pass(time.Minute)
		w.net.Refuse(false)
		expire(w, true)
		pass(time.Minute)
		var told bytes.Buffer
		fmt.Fprintf(&told, "%q %v %+v %#v %s %+v %s", l.events, s, s, s, s, s.State(), w.log)
		for _, secret := range []string{key, them.APIKey, them.APISecret} {
			if strings.Contains(told.String(), secret) {
				t.Errorf("%s", told.String())
			}
		}
	})
}
