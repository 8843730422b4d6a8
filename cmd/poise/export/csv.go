package export

import (
	"bufio"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// csvWriter is not encoding/csv's: that changes line ends within a text.
type csvWriter[R Row] struct {
	w     *bufio.Writer
	zone  *time.Location
	begun bool
	cells []cell
	line  []byte
}

func newCSV[R Row](w io.Writer, zone *time.Location) *csvWriter[R] {
	return &csvWriter[R]{w: bufio.NewWriterSize(w, 1<<16), zone: zone}
}

func (c *csvWriter[R]) head() error {
	if c.begun {
		return nil
	}
	c.begun = true
	var r R
	_, err := c.w.WriteString(strings.Join(r.columns(), ",") + "\r\n")
	return err
}

func (c *csvWriter[R]) Write(row *R) error {
	if err := c.head(); err != nil {
		return err
	}
	c.cells, c.line = (*row).cells(c.cells[:0]), c.line[:0]
	for i := range c.cells {
		if i > 0 {
			c.line = append(c.line, ',')
		}
		c.line = c.append(c.line, &c.cells[i])
	}
	c.line = append(c.line, "\r\n"...)
	_, err := c.w.Write(c.line)
	return err
}

func (c *csvWriter[R]) append(line []byte, v *cell) []byte {
	switch v.kind {
	case isText:
		return appendField(line, guarded(v.text))
	case isNumber:
		return append(line, v.text...)
	case isInteger:
		return strconv.AppendInt(line, v.num, 10)
	case isMoment:
		if v.num != 0 {
			return time.UnixMilli(v.num).In(c.zone).AppendFormat(line, "2006-01-02T15:04:05.000Z07:00")
		}
	}
	return line
}

func (c *csvWriter[R]) Close() error {
	if err := c.head(); err != nil {
		return err
	}
	return c.w.Flush()
}

// formulas are what a spreadsheet takes for the beginning of one, full-width
// forms too, and the apostrophe that keeps it from that.
const formulas = "=+-@\t\r\n＝＋－＠'"

// guarded puts an apostrophe before a text that might be a formula.
func guarded(s string) string {
	first, n := utf8.DecodeRuneInString(strings.TrimLeft(s, " "))
	if n > 0 && strings.ContainsRune(formulas, first) {
		return "'" + s
	}
	return s
}

// appendField quotes where RFC 4180 wants it, and around spaces at the ends,
// which some readers would drop.
func appendField(line []byte, s string) []byte {
	if !strings.ContainsAny(s, "\",\r\n") && strings.Trim(s, " ") == s {
		return append(line, s...)
	}
	line = append(line, '"')
	line = append(line, strings.ReplaceAll(s, `"`, `""`)...)
	return append(line, '"')
}
