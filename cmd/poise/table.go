package main

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// table prints aligned columns: text to the left, numbers at the point.
type table struct {
	head []string
	kind []align
	rows [][]string
}

type align uint8

const (
	left align = iota
	right
	point // numbers, aligned at the decimal point
)

// newTable takes its columns as "name", "name>" (right) or "name." (at the
// point).
func newTable(columns ...string) *table {
	t := &table{}
	for _, c := range columns {
		k := left
		switch c[len(c)-1] {
		case '>':
			c, k = c[:len(c)-1], right
		case '.':
			c, k = c[:len(c)-1], point
		}
		t.head = append(t.head, c)
		t.kind = append(t.kind, k)
	}
	return t
}

func (t *table) add(cells ...string) { t.rows = append(t.rows, cells) }

// print writes the table with each line indented; nothing for no rows.
func (t *table) print(w io.Writer, indent string) error {
	if len(t.rows) == 0 {
		return nil
	}
	for i, k := range t.kind {
		if k == point {
			alignPoint(t.rows, i)
		}
	}
	width := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, c := range row {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	var b strings.Builder
	t.line(&b, indent, t.head, width)
	for _, row := range t.rows {
		t.line(&b, indent, row, width)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printOrNone is print that says so when there is no row.
func (t *table) printOrNone(w io.Writer, indent string) error {
	if len(t.rows) == 0 {
		_, err := fmt.Fprintln(w, indent+"none")
		return err
	}
	return t.print(w, indent)
}

func (t *table) line(b *strings.Builder, indent string, row []string, width []int) {
	var line strings.Builder
	line.WriteString(indent)
	for i, c := range row {
		if i > 0 {
			line.WriteString("  ")
		}
		pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
		if t.kind[i] == left {
			line.WriteString(c + pad)
		} else {
			line.WriteString(pad + c)
		}
	}
	b.WriteString(strings.TrimRight(line.String(), " "))
	b.WriteByte('\n')
}

// alignPoint pads the cells of column i behind, so that right-aligned their
// points stand in one line.
func alignPoint(rows [][]string, i int) {
	behind := func(s string) int {
		if at := strings.IndexByte(s, '.'); at >= 0 {
			return len(s) - at
		}
		return 0
	}
	most := 0
	for _, row := range rows {
		most = max(most, behind(row[i]))
	}
	for _, row := range rows {
		row[i] += strings.Repeat(" ", most-behind(row[i]))
	}
}

// when prints ms as UTC, and nothing for 0.
func when(ms int64) string {
	if ms == 0 {
		return ""
	}
	return time.UnixMilli(ms).UTC().Format("2006-01-02 15:04:05.000")
}

// plural is "1 message", "2 messages".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// printable keeps control characters of foreign text off the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 {
			return '�'
		}
		return r
	}, s)
}
