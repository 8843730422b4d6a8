package gateway

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// The clients of BenchmarkSockets: child processes that open sockets, read and
// forget. A child is asked for a number of bytes a socket on its standard input,
// and says that all its sockets together have had as many.

const (
	clientsEnv   = "POISE_BENCH_CLIENTS" // "address first count source"
	perChild     = 8000
	clientsReady = "poise-bench-clients"
)

// clients are the children, seen from the benchmark.
type clients struct {
	in  []io.Writer
	out []*bufio.Scanner
}

func startClients(b *testing.B, address string, n int) *clients {
	c := &clients{}
	for first := 0; first < n; first += perChild {
		cmd := exec.Command(os.Args[0], "-test.run", "^$", "-test.bench", "^BenchmarkSockets$", "-test.benchtime", "1x")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%s %d %d 127.0.0.%d", clientsEnv, address, first, min(perChild, n-first), 2+first/perChild))
		cmd.Stderr = os.Stderr
		in, err1 := cmd.StdinPipe()
		out, err2 := cmd.StdoutPipe()
		if err := errors.Join(err1, err2, cmd.Start()); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() {
			in.Close() // the child ends
			if err := cmd.Wait(); err != nil {
				b.Error(err)
			}
		})
		c.in, c.out = append(c.in, in), append(c.out, bufio.NewScanner(out))
	}
	return c
}

// await returns when every child has read that many bytes a socket.
func (c *clients) await(b *testing.B, bytes int) {
	for _, w := range c.in {
		fmt.Fprintln(w, bytes) // a dead child is found below
	}
	for _, s := range c.out {
		for said := false; !said; {
			if !s.Scan() {
				b.Fatal("a client process has ended")
			}
			said = strings.Contains(s.Text(), clientsReady)
		}
	}
}

// beClients is a child. It ends with its standard input.
func beClients(spec string) {
	var address, source string
	var first, count int
	fmt.Sscan(spec, &address, &first, &count, &source)
	var read atomic.Int64
	if err := openAll(address, source, first, count, &read); err != nil {
		fmt.Fprintln(os.Stderr, "clients:", err)
		os.Exit(1)
	}
	asked := bufio.NewScanner(os.Stdin)
	for asked.Scan() {
		var each int64
		fmt.Sscan(asked.Text(), &each)
		for deadline := time.Now().Add(30 * time.Second); read.Load() < each*int64(count); time.Sleep(200 * time.Microsecond) {
			if time.Now().After(deadline) {
				fmt.Fprintf(os.Stderr, "clients: %d bytes have come, not %d\n", read.Load(), each*int64(count))
				os.Exit(1)
			}
		}
		fmt.Println(clientsReady)
	}
	os.Exit(0) // before the testing package says anything
}

// openAll opens sockets from one address, a few at a time.
func openAll(address, source string, first, count int, read *atomic.Int64) error {
	var dialers sync.WaitGroup
	var failed atomic.Pointer[error]
	next := atomic.Int64{}
	for range 8 {
		dialers.Go(func() {
			for i := int(next.Add(1)) - 1; i < count && failed.Load() == nil; i = int(next.Add(1)) - 1 {
				if err := openOne(address, source, first+i, read); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	dialers.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

func openOne(address, source string, i int, read *atomic.Int64) error {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(source)}, Timeout: 10 * time.Second}
	conn, err := d.Dial("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintf(conn, "GET /ws/%s/own%05d HTTP/1.1\r\nHost: venue\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n", sharedName, i)
	var answer []byte
	buf := make([]byte, 2048)
	for !bytes.HasSuffix(answer, []byte("\r\n\r\n")) { // nothing is pushed before all are open
		n, err := conn.Read(buf)
		if err != nil {
			return err
		}
		answer = append(answer, buf[:n]...)
	}
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 101")) {
		return fmt.Errorf("answered %q", answer)
	}
	go func() {
		for {
			n, err := conn.Read(buf)
			read.Add(int64(n))
			if err != nil {
				return
			}
		}
	}()
	return nil
}
