package screen

import "charm.land/lipgloss/v2"

// look is what a text means; several may be joined. Colours are the terminal's
// own sixteen, which its owner chose to be readable, and nothing is told by colour
// alone.
type look uint16

const plain look = 0

const (
	strong look = 1 << iota
	faint
	accent
	good
	bad
	doubtful
	chosen // reversed
	underlined
)

func (l look) style() lipgloss.Style {
	s := lipgloss.NewStyle()
	switch {
	case l&bad != 0:
		s = s.Foreground(lipgloss.Red)
	case l&doubtful != 0:
		s = s.Foreground(lipgloss.Yellow)
	case l&good != 0:
		s = s.Foreground(lipgloss.Green)
	case l&accent != 0:
		s = s.Foreground(lipgloss.Cyan).Bold(true)
	}
	if l&strong != 0 {
		s = s.Bold(true)
	}
	if l&faint != 0 {
		s = s.Faint(true)
	}
	if l&chosen != 0 {
		s = s.Reverse(true)
	}
	if l&underlined != 0 {
		s = s.Underline(true)
	}
	return s
}

// of shows text with the look.
func (l look) of(text string) string {
	if l == plain || text == "" {
		return text
	}
	return l.style().Inline(true).Render(text)
}

// under is of, underlined also where it is blank.
func (l look) under(text string) string {
	if text == "" {
		return text
	}
	return (l | underlined).style().UnderlineSpaces(true).Inline(true).Render(text)
}
