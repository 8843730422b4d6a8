package screen

import tea "charm.land/bubbletea/v2"

// keys are told by `?`.
var keys = []struct{ names, does string }{
	{"↑ ↓  k j", "another account; in the other panes, scroll"},
	{"pgup pgdn  home end", "the same, by the page, or to an end"},
	{"tab  shift+tab", "the next pane, or the one before"},
	{"← →  h l", "columns that have no room"},
	{"enter", "the pane alone; once more, or esc: all of them"},
	{"?", "these keys"},
	{"q  ctrl+c", "quit"},
}

func (m *model) key(name string) tea.Cmd {
	if m.help && name != "q" && name != "ctrl+c" && name != "ctrl+z" {
		m.help = false
		return nil
	}
	switch name {
	case "q", "ctrl+c":
		return tea.Quit
	case "ctrl+z":
		return tea.Suspend
	case "?":
		m.help = true
	case "tab":
		m.focus = (m.focus + 1) % panes
	case "shift+tab":
		m.focus = (m.focus + panes - 1) % panes
	case "enter":
		m.large = !m.large
	case "esc":
		m.large = false
	case "left", "h":
		m.shift[m.focus] = max(0, m.shift[m.focus]-1)
	case "right", "l":
		if m.fit(m.focus).more > 0 {
			m.shift[m.focus]++
		}
	default:
		m.move(name)
	}
	return nil
}

// move goes to another account, or scrolls.
func (m *model) move(name string) {
	page := max(1, m.arrange().rows[m.focus]-1)
	last := m.rows(m.focus).n - 1
	at := m.top[m.focus]
	if m.focus == accountsPane {
		at = m.place()
	}
	switch name {
	case "up", "k":
		at--
	case "down", "j":
		at++
	case "pgup", "ctrl+b":
		at -= page
	case "pgdown", "ctrl+f", "space":
		at += page
	case "home", "g":
		at = 0
	case "end", "G":
		at = last
	default:
		return
	}
	if last < 0 {
		return
	}
	if m.focus == accountsPane {
		m.look(m.list[max(0, min(at, last))].Name)
		return
	}
	m.top[m.focus] = max(0, min(at, last-m.arrange().rows[m.focus]+1))
}
