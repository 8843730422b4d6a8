package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// progress is a line on a terminal that counts; nothing elsewhere, and nothing
// for work that is done before one would look.
type progress struct {
	w     io.Writer
	what  string
	last  time.Time
	begun time.Time
	shown bool
}

const progressEvery = 200 * time.Millisecond

func startProgress(w io.Writer, what string) *progress {
	p := &progress{what: what, begun: time.Now()}
	p.last = p.begun
	if f, ok := w.(*os.File); ok && term.IsTerminal(int(f.Fd())) {
		p.w = w
	}
	return p
}

func (p *progress) set(n int64) {
	now := time.Now()
	if p.w == nil || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\033[K%d %s, %d a second", n, p.what, n*int64(time.Second)/int64(now.Sub(p.begun)))
}

// show replaces the line by words.
func (p *progress) show(words string) {
	if p.w == nil {
		return
	}
	p.shown = true
	fmt.Fprintf(p.w, "\r\033[K%s", words)
}

func (p *progress) done() { p.clear() }

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.w, "\r\033[K")
		p.shown = false
	}
}

// over returns a writer for lines that are not to be mixed with the count.
func (p *progress) over(w io.Writer) io.Writer { return overProgress{p, w} }

type overProgress struct {
	p *progress
	w io.Writer
}

func (o overProgress) Write(b []byte) (int, error) {
	o.p.clear()
	return o.w.Write(b)
}
