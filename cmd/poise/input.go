package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"poise/wire"
)

// frame is one message of a file, and the line it starts on.
type frame struct {
	data []byte
	line int
}

// frames splits a file into messages, one a line. A message that goes on over
// lines, as a documentation sample does, is taken whole; one that was cut off
// ends where the next begins, so that it hurts no other.
type frames struct {
	r    *bufio.Reader
	name string
	line int // of the next line
}

// openFrames opens a file of messages, "-" is standard input. Close the closer.
func openFrames(name string, in io.Reader) (*frames, io.Closer, error) {
	if name == "-" {
		return newFrames(name, in), io.NopCloser(in), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		f.Close()
		return nil, nil, fmt.Errorf("%s is a folder: name a file of messages, one a line", name)
	}
	return newFrames(name, f), f, nil
}

func newFrames(name string, r io.Reader) *frames {
	return &frames{r: bufio.NewReaderSize(r, 64<<10), name: name, line: 1}
}

// next returns the next message, io.EOF after the last. Its bytes are the
// caller's.
func (f *frames) next() (frame, error) {
	var m frame
	var s nesting
	for {
		line, err := f.readLine(wire.MaxMessage + 1 - len(m.data))
		if err != nil && !(errors.Is(err, io.EOF) && len(line)+len(m.data) > 0) {
			return frame{}, err
		}
		f.line++
		if len(m.data) == 0 {
			if len(bytes.TrimSpace(line)) == 0 {
				if err != nil {
					return frame{}, err
				}
				continue
			}
			m.line = f.line - 1
		}
		m.data = append(m.data, line...)
		s.scan(line)
		if err != nil || s.depth <= 0 || s.text || len(m.data) > wire.MaxMessage || f.startsMessage() {
			m.data = bytes.TrimRight(m.data, "\r\n")
			return m, nil
		}
	}
}

// readLine reads a line with its end, but keeps no more than most bytes of it.
func (f *frames) readLine(most int) (line []byte, err error) {
	for {
		part, err := f.r.ReadSlice('\n')
		if room := most - len(line); room > 0 {
			line = append(line, part[:min(room, len(part))]...)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}

// startsMessage reports whether the next line begins as a message does at the
// margin, which a line within one does not.
func (f *frames) startsMessage() bool {
	next, _ := f.r.Peek(len(`{"stream"`))
	return bytes.HasPrefix(next, []byte(`{"e"`)) || bytes.HasPrefix(next, []byte(`{"stream"`))
}

// nesting follows brackets outside strings.
type nesting struct {
	depth int
	text  bool // within a string; at the end of a line it was never closed
}

func (n *nesting) scan(line []byte) {
	escaped := false
	for _, c := range line {
		switch {
		case escaped:
			escaped = false
		case n.text && c == '\\':
			escaped = true
		case c == '"':
			n.text = !n.text
		case n.text:
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			n.depth--
		}
	}
}
