package screen

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	tea "charm.land/bubbletea/v2"

	"poise/serve/client"
)

// marks are the signs that a terminal can show.
type marks struct{ on, half, off, here, fresh, side, more string }

var (
	unicodeMarks = marks{"●", "◐", "○", "▸", "+", "│", "→"}
	asciiMarks   = marks{"*", "~", "x", ">", "+", "|", ">"}
)

// View implements tea.Model.
func (m *model) View() tea.View {
	v := tea.NewView(strings.Join(m.frame(), "\n"))
	v.AltScreen = true
	v.WindowTitle = "poise " + printable(m.name)
	return v
}

// frame is the screen's lines, none longer than it is wide.
func (m *model) frame() []string {
	switch {
	case m.width < 20 || m.height < 4:
		return []string{cut("too small", m.width)}
	case m.help:
		return m.helpFrame()
	}
	a := m.arrange()
	lines := []string{m.header()}
	body := m.stack(a, a.width[entriesPane])
	if a.side {
		body = beside(m.pane(accountsPane, a), body, a.width[accountsPane], m.height-2, faint.of(m.marks.side))
	}
	lines = append(lines, body...)
	for len(lines) < m.height-1 {
		lines = append(lines, "")
	}
	return append(lines[:m.height-1], m.footer())
}

// stack is the panes one below the other.
func (m *model) stack(a arrangement, width int) (lines []string) {
	for p := range panes {
		if a.shown[p] && !(p == accountsPane && a.side) {
			lines = append(lines, m.pane(p, a)...)
		}
		if p == accountsPane && a.bar {
			lines = append(lines, m.bar(width))
		}
		if a.airy && p != troublePane && !(p == accountsPane && a.side) {
			lines = append(lines, "")
		}
	}
	return lines
}

// beside puts a column of a width to the left of another.
func beside(left, rest []string, width, height int, between string) []string {
	lines := make([]string, height)
	for i := range lines {
		l, r := "", ""
		if i < len(left) {
			l = left[i]
		}
		if i < len(rest) {
			r = rest[i]
		}
		lines[i] = l + strings.Repeat(" ", max(0, width-lipgloss.Width(l))) + between + r
	}
	return lines
}

// fit places a pane's columns.
func (m *model) fit(p pane) place {
	s := m.sheets[p]
	s.whole[0] = max(s.whole[0], lipgloss.Width(titles[p]))
	return s.fit(m.arrange().width[p]-1, m.shift[p])
}

// pane is a head and rows, each with a sign before it.
func (m *model) pane(p pane, a arrangement) []string {
	s, at, all := m.sheets[p], m.fit(p), m.rows(p)
	here := faint.under(" ")
	if p == m.focus {
		here = accent.under(m.marks.here)
	}
	lines := []string{m.extend(here+s.head(at, titles[p], p == m.focus), a.width[p], at.more)}
	for i := m.top[p]; i < m.top[p]+a.rows[p]; i++ {
		switch {
		case i < all.n:
			sign, look := m.sign(p, i)
			lines = append(lines, sign+s.line(at, all.at(i), look))
		case i == 0:
			lines = append(lines, faint.of(" "+cut(m.empty(p), a.width[p]-1)))
		default:
			lines = append(lines, "")
		}
	}
	return lines
}

// extend fills a head's line, and tells of columns that are not shown.
func (m *model) extend(head string, width int, more int) string {
	text := ""
	room := width - lipgloss.Width(head)
	for _, words := range []string{m.marks.more, fmt.Sprintf("%d more columns %s", more, m.marks.more)} {
		if more > 0 && lipgloss.Width(words)+1 <= room {
			text = words
		}
	}
	return head + faint.under(padLeft(text, max(0, room)))
}

// sign stands before a row: the account that is looked at, an entry that is new.
func (m *model) sign(p pane, i int) (string, look) {
	switch {
	case p == accountsPane && m.list[i].Name == m.name:
		return accent.of(m.marks.here), strong
	case p == entriesPane && m.fresh(i):
		return good.of(m.marks.fresh), strong
	}
	return " ", plain
}

// header tells whom one looks at, and whether it answers.
func (m *model) header() string {
	left := " poise watch " + printable(m.server) + "  "
	live := 0
	for i := range m.list {
		if m.list[i].Status == "live" {
			live++
		}
	}
	right := fmt.Sprintf("%d of %d live  %s UTC ", live, len(m.list), m.now.UTC().Format("15:04:05"))
	state, look := m.marks.on+" connected", accent
	switch err := m.broken(); {
	case err != nil:
		state = fmt.Sprintf("%s connection lost %s ago: %s", m.marks.off, m.now.Sub(m.since).Round(time.Second), printable(short(err)))
		left, look = " "+printable(m.server)+"  ", bad|strong
		right = m.now.UTC().Format("15:04:05") + " UTC "
	case !m.listed:
		state = m.marks.half + " connecting"
	}
	line := padRight(left+state, max(0, m.width-lipgloss.Width(right)-1)) + " " + right
	return (look | chosen).of(cut(line, m.width))
}

// short is the end of an error's chain, which says what happened.
func short(err error) string {
	for {
		next := errors.Unwrap(err)
		if joined, ok := err.(interface{ Unwrap() []error }); ok && next == nil {
			if list := joined.Unwrap(); len(list) > 0 {
				next = list[len(list)-1]
			}
		}
		if next == nil {
			return err.Error()
		}
		if errors.Is(err, client.ErrSilent) && !errors.Is(next, client.ErrSilent) {
			return err.Error()
		}
		err = next
	}
}

// bar tells of the account that is looked at.
func (m *model) bar(width int) string {
	if m.name == "" {
		return ""
	}
	left := " " + printable(m.name)
	h := m.holdings
	if h == nil {
		return accent.of(padRight(left, width))
	}
	status := m.status(h.Status)
	if h.Alias != "" {
		left += " (" + printable(h.Alias) + ")"
	}
	about := ""
	switch {
	case len(h.Alerts) > 0:
		about = wrong(h.Alerts)
	case m.note != "":
		about = printable(m.note)
	case h.Since != 0:
		about = "since " + clock(h.Since)
	}
	right := ""
	if h.EventTime != 0 {
		right = "last event " + clock(h.EventTime)
	}
	room := width - lipgloss.Width(left) - lipgloss.Width(status.text) - 2*gap
	if lipgloss.Width(about)+gap+lipgloss.Width(right) > room {
		right = ""
	}
	if room < 0 {
		return accent.of(cut(left, width))
	}
	if right != "" {
		room -= lipgloss.Width(right) + gap
		right = strings.Repeat(" ", gap) + right
	}
	return accent.of(left) + "  " + status.look.of(status.text) + "  " + padRight(about, room) + faint.of(right)
}

func (m *model) footer() string {
	text := " q quit  ? keys  ↑↓ account  tab pane  enter enlarge  ←→ columns"
	if m.focus != accountsPane {
		text = " q quit  ? keys  ↑↓ scroll  tab pane  enter enlarge  ←→ columns"
	}
	if m.large {
		text = strings.Replace(text, "enlarge", "all panes", 1)
	}
	if m.marks == asciiMarks {
		text = strings.NewReplacer("↑↓", "j/k", "←→", "h/l").Replace(text)
	}
	right := m.part()
	return faint.of(cut(padRight(text, max(0, m.width-lipgloss.Width(right)))+right, m.width))
}

// part tells which rows of the pane in focus are shown, if not all.
func (m *model) part() string {
	n, shown := m.rows(m.focus).n, m.arrange().rows[m.focus]
	if n <= shown {
		return ""
	}
	first := m.top[m.focus] + 1
	return fmt.Sprintf("  %d-%d of %d ", first, min(n, first+shown-1), n)
}

func (m *model) helpFrame() []string {
	lines := []string{m.header(), "", accent.of(" keys"), ""}
	for _, k := range keys {
		names := k.names
		if m.marks == asciiMarks {
			names = strings.NewReplacer("↑ ↓", "up down", "← →", "left right").Replace(names)
		}
		lines = append(lines, cut(" "+padRight(names, 22)+k.does, m.width))
	}
	lines = append(lines, "", cut(" Decimals are as the exchange wrote them; times are UTC. unrealized, liquidation,", m.width),
		cut(" mark and margin ratio are live; a ratio of 1 liquidates. "+m.marks.fresh+" marks a new entry.", m.width), "", faint.of(cut(" any key goes back", m.width)))
	return lines[:min(len(lines), m.height)]
}
