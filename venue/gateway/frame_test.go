package gateway

import (
	"bytes"
	"io"
	"net"
	"sync"
	"testing"

	"github.com/gobwas/ws"
)

func TestTextFramesAreAsTheLibraryWritesThem(t *testing.T) {
	for _, n := range []int{0, 1, 125, 126, 1024, 65_535, 65_536, 100_000} {
		payload := bytes.Repeat([]byte("x"), n)
		if want := ws.MustCompileFrame(ws.NewTextFrame(payload)); !bytes.Equal(textFrame(payload), want) {
			t.Errorf("a frame of %d bytes differs", n)
		}
	}
	payload := make([]byte, 1024)
	if n := testing.AllocsPerRun(100, func() { textFrame(payload) }); n > 1 {
		t.Errorf("%v allocations a frame", n)
	}
}

// TestALentFrameIsQueuedAsItWas: its buffer is used again for the next one.
func TestALentFrameIsQueuedAsItWas(t *testing.T) {
	near, far := net.Pipe() // which the kernel does not take anything for: all is queued
	var flushers sync.WaitGroup
	l := newLine(near, 1<<20, &flushers)
	l.sendText([]byte("first"))
	l.sendText([]byte("other"))
	got := make([]byte, 14)
	if _, err := io.ReadFull(far, got); err != nil {
		t.Fatal(err)
	}
	if want := "\x81\x05first\x81\x05other"; string(got) != want {
		t.Errorf("got %q", got)
	}
	l.cut()
	flushers.Wait()
}
