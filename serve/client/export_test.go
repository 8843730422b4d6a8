package client

import (
	"fmt"
	"io"
)

// ReadEvent reads the first event of a stream as one text.
func ReadEvent(r io.Reader, most int) string {
	ev, err := newEvents(r, most).next()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%s %s %s", ev.id, ev.retry, ev.data)
}

// AnswerMost sets how many bytes an answer may have.
func (c *Client) AnswerMost(bytes int64) { c.most = bytes }
