package dapi_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"poise/dapi"
	"poise/venue"
	"poise/venue/gateway"
)

func TestTheClockOfTheMachineMayBeWrong(t *testing.T) {
	for _, skew := range []time.Duration{-10 * time.Second, 10 * time.Second, -90 * time.Minute} {
		inWorld(t, dapi.Config{Now: func() time.Time { return time.Now().Add(skew) }}, func(w *world) {
			c := w.account("SgsR")
			for range 100 {
				if _, err := c.Account(w.t.Context()); err != nil {
					t.Fatal(skew, err)
				}
				pass(time.Minute)
			}
			if d := w.x.Now().Sub(time.Now()); d.Abs() > 10*time.Millisecond {
				t.Errorf("off by %v", d)
			}
		})
	}
}

func TestAClockThatJumpsIsMeasuredAgain(t *testing.T) {
	var mu sync.Mutex
	var skew time.Duration
	now := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return time.Now().Add(skew)
	}
	inWorld(t, dapi.Config{Now: now}, func(w *world) {
		asked := 0
		c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
			asked++
			stamp, _ := strconv.ParseInt(r.FormValue("timestamp"), 10, 64)
			if d := time.Now().UnixMilli() - stamp; d < -10 || d > 10 {
				t.Errorf("the timestamp is off by %d ms", d)
			}
			io.WriteString(rw, "{}")
		})
		for _, jump := range []time.Duration{0, time.Hour, -30 * time.Hour, 600 * time.Millisecond} {
			mu.Lock()
			skew += jump
			mu.Unlock()
			pass(time.Minute)
			if _, err := c.Account(w.t.Context()); err != nil {
				t.Error(jump, err)
			}
		}
		if asked != 4 {
			t.Errorf("%d calls for 4: some were refused", asked)
		}
	})
}

// The runtime's clock stands still while a machine sleeps: -1021 tells, or the
// jump of the other clock.
func TestAWrongTimestampIsMeasuredAndRepeated(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		c, drift, times := w.config, time.Duration(0), 0
		c.REST = "http://" + serve(w.t, w.net, func(rw http.ResponseWriter, r *http.Request) {
			now := time.Now().Add(drift).UnixMilli()
			if r.URL.Path == "/dapi/v1/time" {
				times++
				fmt.Fprintf(rw, `{"serverTime":%d}`, now)
				return
			}
			stamp, _ := strconv.ParseInt(r.FormValue("timestamp"), 10, 64)
			if stamp >= now+1000 || now-stamp > 5000 {
				rw.WriteHeader(400)
				io.WriteString(rw, `{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}`)
				return
			}
			io.WriteString(rw, "{}")
		})
		k, _ := dapi.HMAC("key", "secret")
		client := newExchange(w.t, c).Client(k)
		for _, drift = range []time.Duration{0, time.Minute, -time.Hour} {
			if _, err := client.Account(w.t.Context()); err != nil {
				t.Error(drift, err)
			}
		}
		if times != 3 {
			t.Errorf("measured %d times", times)
		}
		pass(3 * time.Hour)
		client.Account(w.t.Context())
		if times != 4 {
			t.Errorf("not measured after three hours: %d times", times)
		}
	})
}

func TestWithoutTheTimeCallsGoOn(t *testing.T) {
	inWorld(t, dapi.Config{Tries: 1}, func(w *world) {
		times := 0
		c := w.config
		c.REST = "http://" + serve(w.t, w.net, func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/dapi/v1/time" {
				times++
				rw.WriteHeader(500)
			}
			io.WriteString(rw, "{}")
		})
		k, _ := dapi.HMAC("key", "secret")
		x := newExchange(w.t, c)
		for range 100 {
			if _, err := x.Client(k).Account(w.t.Context()); err != nil {
				t.Fatal(err)
			}
			pass(time.Second)
		}
		if times < 5 || times > 12 {
			t.Errorf("the time was asked for %d times in 100 s", times)
		}
		if _, err := x.Time(w.t.Context()); !errors.Is(err, dapi.ErrServer) {
			t.Error(err)
		}
	})
}

func TestEveryoneStopsUntilTheSecondThatIsNamed(t *testing.T) {
	for _, status := range []int{429, 418} {
		inWorld(t, dapi.Config{Tries: 2}, func(w *world) {
			var mu sync.Mutex
			var came []time.Time
			first := true
			c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				came = append(came, time.Now())
				if first {
					first = false
					rw.Header().Set("Retry-After", "17")
					rw.WriteHeader(status)
					return
				}
				io.WriteString(rw, "{}")
			})
			other := c.Exchange().Client(keyOf(t, w.v.NewAccount("")))
			c.Exchange().Time(w.t.Context())
			began := time.Now()
			var calls sync.WaitGroup
			calls.Go(func() { c.Account(w.t.Context()) })
			synctest.Wait()
			u := c.Exchange().Usage()
			if u.Banned != (status == 418) || u.Until.Sub(began) != 17*time.Second {
				t.Errorf("%+v", u)
			}
			for i := range 20 {
				calls.Go(func() {
					time.Sleep(time.Duration(i) * time.Second / 2)
					if _, err := other.Balance(w.t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			calls.Wait()
			if len(came) != 22 {
				t.Fatalf("%d calls came", len(came))
			}
			for i, at := range came[1:] {
				if d := at.Sub(began); d != 17*time.Second {
					t.Errorf("call %d came after %v", i+1, d)
				}
			}
			ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Second)
			defer cancel()
			mu.Lock()
			first = true
			mu.Unlock()
			began = time.Now()
			var e *dapi.Error
			if _, err := c.Account(ctx); !errors.As(err, &e) || e.RetryAfter != 17*time.Second || time.Since(began) != 0 {
				t.Errorf("a call that cannot wait so long should say so at once: %v after %v", err, time.Since(began))
			}
		})
	}
}

func TestTheVenuesOwnLimitsAreObeyed(t *testing.T) {
	inWorld(t, dapi.Config{Tries: 10}, func(w *world) {
		c := w.account("SgsR")
		w.v.Fault(gateway.Fault{Alias: "SgsR", Kind: "rate-limit", Count: 5}) // three 429 and two 418 of two minutes
		began := time.Now()
		if _, err := c.Account(w.t.Context()); err != nil || time.Since(began) < 4*time.Minute || time.Since(began) > 8*time.Minute {
			t.Error(err, time.Since(began))
		}
	})
}

func TestABanWithoutAHeaderIsReadFromItsText(t *testing.T) {
	inWorld(t, dapi.Config{Tries: 1}, func(w *world) {
		until := time.Now().Add(5 * time.Minute).UnixMilli()
		for status, want := range map[int]time.Duration{418: 5 * time.Minute, 429: time.Minute} {
			c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
				rw.WriteHeader(status)
				if status == 418 {
					fmt.Fprintf(rw, `{"code":-1003,"msg":"Way too many requests; IP(1.2.3.4) banned until %d. Please use the websocket"}`, until)
				}
			})
			_, err := c.Account(w.t.Context())
			var e *dapi.Error
			if !errors.As(err, &e) || (e.RetryAfter-want).Abs() > time.Second {
				t.Errorf("%d: %v, %+v", status, err, e)
			}
		}
	})
}

// The exchange refuses nobody, since calls wait; and they are served in order.
func TestCallsWaitRatherThanExceedTheLimit(t *testing.T) {
	for _, most := range []int{30, 100} {
		inWorld(t, dapi.Config{}, func(w *world) {
			if _, err := w.x.ExchangeInfo(w.t.Context()); err != nil {
				t.Fatal(err)
			}
			c := w.account("SgsR")
			w.x.Time(w.t.Context())
			var mu sync.Mutex
			var order []int
			began := time.Now()
			var calls sync.WaitGroup
			for i := range 40 {
				calls.Go(func() {
					time.Sleep(time.Duration(i) * time.Millisecond)
					if _, err := c.Account(w.t.Context()); err != nil {
						t.Error(err)
					}
					mu.Lock()
					defer mu.Unlock()
					order = append(order, i)
				})
			}
			calls.Wait()
			perMinute := most * 8 / 10 * 9 / 10 / 5 // calls of weight 5, of the share less a tenth
			if least := time.Duration(40/perMinute-1) * time.Minute; time.Since(began) < least || time.Since(began) > 2*least+2*time.Minute {
				t.Errorf("%v for 40 calls, %d a minute", time.Since(began), perMinute)
			}
			for i := range order { // those of one minute are under way together
				if order[i]/perMinute > i/perMinute+1 || order[i]/perMinute < i/perMinute-1 {
					t.Fatalf("order %v", order)
				}
			}
			if n := count(w.log.String(), "stops all calls"); n != 0 {
				t.Errorf("%d calls were refused: %s", n, w.log)
			}
		}, func(v *venue.Venue) { v.WeightPerMinute = most })
	}
}

func count(text, part string) (n int) {
	for i := 0; i+len(part) <= len(text); i++ {
		if text[i:i+len(part)] == part {
			n++
		}
	}
	return n
}

func TestListenKeysHaveTheLastTenth(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		w.x.ExchangeInfo(w.t.Context())
		c := w.account("SgsR")
		w.x.Time(w.t.Context())
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute + 5*time.Second)))
		for range 30 {
			go c.Account(w.t.Context()) // wants 150 of 80
		}
		synctest.Wait()
		if u := w.x.Usage(); u.Weight != 70 || u.Limit != 80 || u.Waiting != 16 {
			t.Errorf("%+v", u)
		}
		began := time.Now()
		for range 10 {
			if _, err := c.NewListenKey(w.t.Context()); err != nil || time.Since(began) != 0 {
				t.Fatal(err, time.Since(began))
			}
		}
		c.NewListenKey(w.t.Context())
		if d := time.Since(began); d < 55*time.Second || d > 56*time.Second {
			t.Errorf("the minute's share was exceeded, %v", d)
		}
		pass(5 * time.Minute)
	}, func(v *venue.Venue) { v.WeightPerMinute = 100 })
}

// Another process at the same address uses weight too.
func TestWhatOthersUseIsReadFromTheHeader(t *testing.T) {
	inWorld(t, dapi.Config{}, func(w *world) {
		c := restOf(w, func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("X-MBX-USED-WEIGHT-1M", "2390")
			io.WriteString(rw, "{}")
		})
		c.Exchange().Time(w.t.Context())
		time.Sleep(time.Until(time.Now().Truncate(time.Minute).Add(time.Minute + 10*time.Second)))
		began := time.Now()
		for range 2 {
			if _, err := c.Account(w.t.Context()); err != nil {
				t.Error(err)
			}
		}
		if d := time.Since(began); d < 50*time.Second || d > 51*time.Second {
			t.Errorf("waited %v for the next minute", d)
		}
	})
}
