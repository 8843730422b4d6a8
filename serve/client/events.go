package client

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"
)

// event is one of a stream of server-sent events; a heartbeat has nothing.
type event struct {
	id    string
	data  []byte // of all its data lines
	retry time.Duration
}

// events reads server-sent events as the HTML standard has them, but for names
// of events, which this API has none of.
type events struct {
	in   *bufio.Reader
	most int // bytes of one event
	line []byte
}

func newEvents(r io.Reader, most int) *events {
	return &events{in: bufio.NewReaderSize(r, 64<<10), most: most}
}

// next returns the next event, or a comment as an empty one. One that was cut off
// is none: io.EOF, or the reader's error.
func (e *events) next() (ev event, err error) {
	size := 0
	for {
		if err := e.read(); err != nil {
			return event{}, err
		}
		if size += len(e.line); size > e.most {
			return event{}, fmt.Errorf("%w: a change has more than %d bytes", ErrTooLarge, e.most)
		}
		line := bytes.TrimRight(e.line, "\r\n")
		if len(line) == 0 {
			return ev, nil
		}
		ev.take(line)
	}
}

func (ev *event) take(line []byte) {
	name, value, _ := bytes.Cut(line, []byte(":"))
	value = bytes.TrimPrefix(value, []byte(" "))
	switch string(name) {
	case "id":
		ev.id = string(value)
	case "data":
		if ev.data != nil {
			ev.data = append(ev.data, '\n')
		}
		ev.data = append(ev.data, value...)
	case "retry":
		if ms, err := strconv.ParseUint(string(value), 10, 31); err == nil {
			ev.retry = time.Duration(ms) * time.Millisecond
		}
	}
}

// read reads a line of any length up to most.
func (e *events) read() error {
	e.line = e.line[:0]
	for {
		part, err := e.in.ReadSlice('\n')
		e.line = append(e.line, part...)
		switch {
		case err == nil:
			return nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return err
		case len(e.line) > e.most:
			return nil // next refuses what it has
		}
	}
}
