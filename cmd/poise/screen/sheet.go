package screen

import (
	"strings"

	"charm.land/lipgloss/v2"
)

// column is one of a sheet.
type column struct {
	head  string
	align align
}

type align uint8

const (
	left align = iota
	right
	point // numbers, aligned at the decimal point
	flex  // text that may be cut to the room that is left; the last column
)

// cell is text with the look that tells what it means.
type cell struct {
	text string
	look look
}

// sheet is a table whose columns never get narrower, so that numbers do not jump.
type sheet struct {
	columns []column
	whole   []int // widest text, or what stands before the point
	behind  []int // widest point and fraction
	words   []int // widest text among numbers
}

func newSheet(columns ...column) *sheet {
	return &sheet{columns: columns, whole: make([]int, len(columns)), behind: make([]int, len(columns)), words: make([]int, len(columns))}
}

// forget lets the columns shrink again.
func (s *sheet) forget() { clear(s.whole); clear(s.behind); clear(s.words) }

func (s *sheet) grow(rows [][]cell) {
	for _, row := range rows {
		for i := range s.columns {
			whole, behind := row[i].text, ""
			if s.columns[i].align == point && !isNumber(whole) {
				s.words[i] = max(s.words[i], lipgloss.Width(whole))
				continue
			}
			if s.columns[i].align == point {
				whole, behind = split(whole)
			}
			s.whole[i] = max(s.whole[i], lipgloss.Width(whole))
			s.behind[i] = max(s.behind[i], len(behind))
		}
	}
}

func isNumber(s string) bool { return strings.ContainsAny(s, "0123456789") }

func split(number string) (whole, behind string) {
	if at := strings.IndexByte(number, '.'); at >= 0 {
		return number[:at], number[at:]
	}
	return number, ""
}

func (s *sheet) width(i int) int {
	return max(s.whole[i]+s.behind[i], s.words[i], lipgloss.Width(s.columns[i].head))
}

const gap = 2 // between columns

// place is where the columns stand that have room.
type place struct {
	shown []int // of the sheet's columns
	width []int
	more  int // columns that have no room
}

// fit chooses the columns for a width: the first, and those behind the first
// shift ones of the others, as many as there is room for.
func (s *sheet) fit(width, shift int) (p place) {
	left := width
	for i := range s.columns {
		if i > 0 && i <= shift {
			continue
		}
		w, room := s.width(i), left
		if i > 0 {
			room -= gap
		}
		if s.columns[i].align == flex && room >= flexLeast {
			w = min(w, room)
		}
		if i > 0 && w > room {
			p.more = len(s.columns) - i
			break
		}
		p.shown, p.width = append(p.shown, i), append(p.width, min(w, room))
		left = room - w
	}
	return p
}

const flexLeast = 8 // columns of a text that is cut

func (s *sheet) head(p place, title string, focused bool) string {
	parts := make([]string, len(p.shown))
	for k, i := range p.shown {
		look := faint
		text := s.columns[i].head
		if k == 0 {
			text, look = title, strong
			if focused {
				look = accent
			}
		}
		if s.columns[i].align == right || s.columns[i].align == point {
			parts[k] = look.under(padLeft(text, p.width[k]))
		} else {
			parts[k] = look.under(padRight(text, p.width[k]))
		}
	}
	return strings.Join(parts, faint.under(strings.Repeat(" ", gap)))
}

func (s *sheet) line(p place, row []cell, more look) string {
	parts := make([]string, len(p.shown))
	for k, i := range p.shown {
		c := row[i]
		text := c.text
		switch s.columns[i].align {
		case right:
			text = padLeft(text, p.width[k])
		case point:
			if isNumber(text) {
				_, behind := split(text)
				text += strings.Repeat(" ", max(0, s.behind[i]-len(behind)))
			}
			text = padLeft(text, p.width[k])
		default:
			text = padRight(text, p.width[k])
		}
		parts[k] = (c.look | more).of(text)
	}
	return strings.Join(parts, more.of(strings.Repeat(" ", gap)))
}

func padRight(s string, width int) string {
	s = cut(s, width)
	return s + strings.Repeat(" ", width-lipgloss.Width(s))
}

func padLeft(s string, width int) string {
	s = cut(s, width)
	return strings.Repeat(" ", width-lipgloss.Width(s)) + s
}

// cut shortens plain text to a width.
func cut(s string, width int) string {
	if lipgloss.Width(s) <= width {
		return s
	}
	if width <= 0 {
		return ""
	}
	var b strings.Builder
	room := width - 1
	for _, r := range s {
		if room -= lipgloss.Width(string(r)); room < 0 {
			break
		}
		b.WriteRune(r)
	}
	return b.String() + strings.Repeat(" ", max(0, width-1-lipgloss.Width(b.String()))) + "…"
}
