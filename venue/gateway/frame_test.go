package gateway

import (
	"bytes"
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
