package screen

// arrangement is which panes are shown, and how large.
type arrangement struct {
	side  bool // accounts at the left side
	bar   bool // a line about the account
	airy  bool // an empty line between panes
	shown [panes]bool
	rows  [panes]int // without the head
	width [panes]int
}

// From this size on the accounts stand at the side.
const (
	sideWidth  = 132
	sideHeight = 20
	sideMost   = 48 // columns of the accounts
	airyHeight = 36 // from here on there is room to set panes apart
)

// smallest is the height that has room for all panes.
const smallest = 14

// wants are how many rows a pane has before the entries get what is left.
var wants = [panes]int{accountsPane: 4, balancesPane: 4, positionsPane: 5, entriesPane: 6, troublePane: 2}

// arrange shares the room out. It depends on the screen and on the most rows that
// each pane had, so that panes stay where they are.
func (m *model) arrange() (a arrangement) {
	for p := range panes {
		a.width[p], a.shown[p] = m.width, true
	}
	room := max(0, m.height-2)
	a.bar = true
	switch {
	case m.large, m.height < smallest:
		m.alone(&a, room)
		return a
	case m.width >= sideWidth && m.height >= sideHeight:
		a.side = true
		side := m.sideWidth()
		for p := range panes {
			a.width[p] = m.width - side - 1
		}
		a.width[accountsPane], a.rows[accountsPane] = side, room-1
	}
	a.airy = m.height >= airyHeight
	m.share(&a, room)
	return a
}

// sideWidth is what the accounts need at the side, without what is wrong with
// each: that is told above the one that is looked at.
func (m *model) sideWidth() int {
	s := m.sheets[accountsPane]
	width := 2
	for i := range len(s.columns) - 1 {
		width += max(s.width(i), len(titles[accountsPane])*(1-min(i, 1))) + gap
	}
	return min(width, sideMost)
}

// alone shows the pane in focus, below the line about its account.
func (m *model) alone(a *arrangement, room int) {
	a.shown = [panes]bool{}
	a.shown[m.focus] = true
	if a.bar = m.focus != accountsPane && room > 3; a.bar {
		room--
	}
	a.rows[m.focus] = max(0, room-1)
}

// share gives each pane what it wants, as far as it has rows, then more to those
// that have more, and all the rest to the entries.
func (m *model) share(a *arrangement, room int) {
	room-- // the bar
	var stacked []pane
	if a.airy {
		room++ // nothing below the last
	}
	for p := range panes {
		if p == accountsPane && a.side {
			continue
		}
		stacked = append(stacked, p)
		if room--; a.airy { // the head
			room--
		}
	}
	give := func(p pane, most int) {
		n := max(0, min(most-a.rows[p], room))
		a.rows[p] += n
		room -= n
	}
	for _, p := range stacked {
		give(p, 1)
	}
	for _, p := range []pane{entriesPane, positionsPane, balancesPane, accountsPane, troublePane} {
		if p != accountsPane || !a.side {
			give(p, min(m.tall[p], wants[p]))
		}
	}
	// A third of what is left goes to rows that have no room yet, the rest to entries.
	for _, p := range []pane{positionsPane, balancesPane, accountsPane, troublePane} {
		if p != accountsPane || !a.side {
			give(p, min(m.tall[p], a.rows[p]+room/3))
		}
	}
	give(entriesPane, a.rows[entriesPane]+room)
}
