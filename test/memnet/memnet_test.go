package memnet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"poise/test/memnet"
	"poise/venue"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// connect returns both ends of a connection.
func connect(t *testing.T, n *memnet.Network) (client, server net.Conn) {
	t.Helper()
	l, err := n.Listen("")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = n.Dial(context.Background(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close(); server.Close() })
	return client, server
}

func TestBytesArriveAndThenTheEnd(t *testing.T) {
	client, server := connect(t, memnet.New())
	sent := bytes.Repeat([]byte("0123456789"), 50_000) // more than is buffered
	go func() {
		client.Write(sent)
		client.Close()
	}()
	if got, err := io.ReadAll(server); err != nil || !bytes.Equal(got, sent) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := server.Write([]byte("x")); !errors.Is(err, syscall.EPIPE) {
		t.Error(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

func TestAHalfCloseLeavesTheOtherHalf(t *testing.T) {
	client, server := connect(t, memnet.New())
	client.(interface{ CloseWrite() error }).CloseWrite()
	if _, err := server.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
	server.Write([]byte("still"))
	b := make([]byte, 5)
	if _, err := io.ReadFull(client, b); err != nil || string(b) != "still" {
		t.Error(string(b), err)
	}
}

func TestDeadlinesPassByTheBubblesClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := connect(t, memnet.New())
		began := time.Now()
		client.SetReadDeadline(began.Add(time.Hour))
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(began) != time.Hour {
			t.Error(err, time.Since(began))
		}
		if _, err := client.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(err) // it stays passed
		}
		client.SetReadDeadline(time.Time{})
		server.Write([]byte("x"))
		if n, err := client.Read(make([]byte, 9)); n != 1 || err != nil {
			t.Error(n, err)
		}
		server.SetWriteDeadline(time.Now().Add(time.Minute))
		if n, err := server.Write(make([]byte, 100<<10)); n != 64<<10 || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Error(n, err)
		}
	})
}

func TestFaults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		client, server := connect(t, n)
		n.Stall(true)
		client.Write([]byte("lost"))
		n.Stall(false)
		client.Write([]byte("x"))
		b := make([]byte, 9)
		if got, err := server.Read(b); got != 1 || err != nil {
			t.Error(got, err)
		}
		n.Cut()
		for _, c := range []net.Conn{client, server} {
			if _, err := c.Read(b); !errors.Is(err, syscall.ECONNRESET) {
				t.Error(err)
			}
		}
		if left := n.Conns(); len(left) != 0 {
			t.Error(left)
		}
		l, _ := n.Listen("")
		defer l.Close()
		n.Refuse(true)
		if _, err := n.Dial(t.Context(), "tcp", l.Addr().String()); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
		n.Refuse(false)
		if _, err := n.Dial(t.Context(), "tcp", "127.0.0.1:1"); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Error(err)
		}
		if n.Dials() != 3 {
			t.Error(n.Dials())
		}
		if _, err := n.Listen(l.Addr().String()); !errors.Is(err, syscall.EADDRINUSE) {
			t.Error(err)
		}
	})
}

func TestAVenueServesInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := memnet.New()
		v := venue.New(t, func(v *venue.Venue) { v.NetListen = n.Listen })
		began := v.Now()
		time.Sleep(24 * time.Hour)
		if d := v.Now().Sub(began); d != 24*time.Hour {
			t.Error(d)
		}
		client := &http.Client{Transport: &http.Transport{DialContext: n.Dial, DisableKeepAlives: true}}
		for _, url := range []string{v.URL() + "/dapi/v1/time", v.OperatorURL() + "/v1/books"} {
			res, err := client.Get(url)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != 200 {
				t.Error(url, res.Status)
			}
		}
	})
}
