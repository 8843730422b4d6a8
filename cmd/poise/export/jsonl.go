package export

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strconv"
)

type lineWriter[R Row] struct {
	w     *bufio.Writer
	names []string
	cells []cell
	line  []byte
}

func newLines[R Row](w io.Writer) *lineWriter[R] {
	var r R
	return &lineWriter[R]{w: bufio.NewWriterSize(w, 1<<16), names: r.columns()}
}

func (l *lineWriter[R]) Write(row *R) (err error) {
	l.cells, l.line = (*row).cells(l.cells[:0]), append(l.line[:0], '{')
	for i := range l.cells {
		if i > 0 {
			l.line = append(l.line, ',')
		}
		l.line = append(append(append(l.line, '"'), l.names[i]...), `":`...)
		if l.line, err = appendJSON(l.line, &l.cells[i]); err != nil {
			return err
		}
	}
	_, err = l.w.Write(append(l.line, "}\n"...))
	return err
}

func (l *lineWriter[R]) Close() error { return l.w.Flush() }

func appendJSON(line []byte, v *cell) ([]byte, error) {
	switch v.kind {
	case isInteger, isMoment:
		return strconv.AppendInt(line, v.num, 10), nil
	case isNull:
		return append(line, "null"...), nil
	}
	if plain(v.text) {
		return append(append(append(line, '"'), v.text...), '"'), nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v.text)
	return append(line, bytes.TrimSuffix(b.Bytes(), []byte("\n"))...), err
}

// plain tells a text that stands in JSON as it is.
func plain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return true
}
