package screen

import (
	"slices"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"poise/serve/client"
)

// Bounds of what is kept of an account.
const (
	entriesMost   = 500
	incidentsMost = 200
	callsMost     = 20
)

// freshFor is how long a new entry is marked.
const freshFor = 3 * time.Second

// pane is a part of the screen that can be scrolled and enlarged.
type pane uint8

const (
	accountsPane pane = iota
	balancesPane
	positionsPane
	entriesPane
	troublePane
	panes
)

// model is what the screen shows. Messages change it; it has no clock.
type model struct {
	server string
	choose func(name string)
	marks  marks
	now    time.Time

	width, height int
	focus         pane
	large, help   bool
	top           [panes]int // first row shown
	shift         [panes]int // columns scrolled away
	sheets        [panes]*sheet
	tall          [panes]int // most rows that a pane had

	list     []client.Account
	listed   bool // the list was heard
	name     string
	holdings *client.Holdings
	entries  []entry // newest first
	known    bool    // the history was heard
	troubles []client.Incident
	calls    []client.Call
	note     string
	lost     [ways]error
	since    time.Time // when the connection was lost
}

// entry is one and when it was heard, if it happened while one looked.
type entry struct {
	client.Entry
	heard time.Time
}

func newModel(server string, choose func(string), m marks, now time.Time) *model {
	return &model{server: server, choose: choose, marks: m, now: now, sheets: newSheets()}
}

// Init implements tea.Model: the feed sends without being asked.
func (m *model) Init() tea.Cmd { return nil }

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (next tea.Model, cmd tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		m.forget()
	case tea.KeyPressMsg:
		cmd = m.key(msg.String())
	case clockHeard:
		m.now = time.Time(msg)
	case lineHeard:
		m.line(msg)
	case accountsHeard:
		m.accounts(msg.list)
	case noteHeard:
		if msg.name == m.name {
			m.note = msg.text
		}
	case holdingsHeard:
		if msg.of.Name == m.name {
			m.holdings = msg.of
		}
	case historyHeard:
		m.history(msg)
	case changesHeard:
		m.changes(msg)
	}
	m.measure()
	return m, cmd
}

// forget lets columns and panes take the room that is needed now.
func (m *model) forget() {
	for p := range m.sheets {
		m.sheets[p].forget()
		m.tall[p] = 0
	}
}

// measure has columns and panes grow to what is shown.
func (m *model) measure() {
	all := [panes]rows{}
	for p := range panes {
		all[p] = m.rows(p)
		m.tall[p] = max(m.tall[p], all[p].n, 1)
	}
	a := m.arrange()
	for p := range panes {
		m.top[p] = max(0, min(m.top[p], all[p].n-max(a.rows[p], 1)))
		if at := m.place(); p == accountsPane && at >= 0 && a.rows[p] > 0 {
			m.top[p] = max(min(m.top[p], at), at-a.rows[p]+1)
		}
		shown := make([][]cell, 0, a.rows[p])
		for i := m.top[p]; i < min(m.top[p]+a.rows[p], all[p].n); i++ {
			shown = append(shown, all[p].at(i))
		}
		m.sheets[p].grow(shown)
	}
}

func (m *model) line(l lineHeard) {
	was := m.broken()
	m.lost[l.way] = l.err
	switch is := m.broken(); {
	case is == nil:
		m.since = time.Time{}
	case was == nil:
		m.since = m.now
	}
}

// broken says why the connection is lost.
func (m *model) broken() error {
	for _, err := range m.lost {
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *model) accounts(list []client.Account) {
	slices.SortFunc(list, func(a, b client.Account) int { return strings.Compare(a.Name, b.Name) })
	m.list, m.listed = list, true
	if m.name == "" && len(list) > 0 {
		m.look(list[0].Name)
	}
}

// look turns to another account.
func (m *model) look(name string) {
	if name == m.name {
		return
	}
	m.name, m.holdings, m.entries, m.known, m.troubles, m.calls, m.note = name, nil, nil, false, nil, nil, ""
	for p := range panes {
		if p != accountsPane {
			m.sheets[p].forget()
			m.tall[p], m.top[p], m.shift[p] = 0, 0, 0
		}
	}
	m.choose(name)
}

// place is where the account stands in the list; -1 if it is gone.
func (m *model) place() int {
	i, found := slices.BinarySearchFunc(m.list, m.name, func(a client.Account, name string) int { return strings.Compare(a.Name, name) })
	if !found {
		return -1
	}
	return i
}

func (m *model) history(h historyHeard) {
	if h.name != m.name {
		return
	}
	heard := map[key]time.Time{}
	for i := range m.entries {
		heard[keyOf(&m.entries[i].Entry)] = m.entries[i].heard
	}
	m.entries = make([]entry, 0, len(h.entries))
	for _, e := range h.entries {
		m.entries = append(m.entries, entry{e, heard[keyOf(&e)]})
	}
	m.troubles, m.known = h.incidents, true
}

// key tells one entry of an account from another.
type key struct {
	position uint64
	asset    string
	index    int
}

func keyOf(e *client.Entry) key { return key{e.Position, e.Asset, e.Index} }

func (m *model) changes(c changesHeard) {
	if c.name != m.name {
		return
	}
	for _, change := range c.list {
		for i := range change.Entries {
			m.enter(&change.Entries[i])
		}
		for i := range change.Revised {
			m.revise(&change.Revised[i].After)
		}
		for _, list := range [][]client.Incident{change.Opened, change.Ended} {
			for i := range list {
				m.trouble(&list[i])
			}
		}
		m.calls = append(slices.Clone(change.Calls), m.calls...)
		m.calls = m.calls[:min(len(m.calls), callsMost)]
	}
}

// enter adds an entry that happened; the history may have it already.
func (m *model) enter(e *client.Entry) {
	if m.revise(e) {
		return
	}
	at, _ := slices.BinarySearchFunc(m.entries, e, func(a entry, b *client.Entry) int { return -order(&a.Entry, b) })
	m.entries = slices.Insert(m.entries, at, entry{*e, m.now})
	m.entries = m.entries[:min(len(m.entries), entriesMost)]
	if m.top[entriesPane] > 0 { // who reads older ones is not moved
		m.top[entriesPane]++
	}
}

// order is that in which entries happened.
func order(a, b *client.Entry) int {
	switch {
	case a.Position != b.Position:
		return compare(a.Position, b.Position)
	case a.Asset != b.Asset:
		return strings.Compare(a.Asset, b.Asset)
	}
	return compare(uint64(a.Index), uint64(b.Index))
}

func compare(a, b uint64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// revise replaces an entry that is now explained.
func (m *model) revise(e *client.Entry) bool {
	for i := range m.entries {
		if keyOf(&m.entries[i].Entry) == keyOf(e) {
			m.entries[i].Entry = *e
			return true
		}
		if m.entries[i].Position < e.Position {
			return false
		}
	}
	return false
}

func (m *model) trouble(in *client.Incident) {
	i := slices.IndexFunc(m.troubles, func(x client.Incident) bool { return x.ID == in.ID })
	if i >= 0 {
		m.troubles[i] = *in
		return
	}
	m.troubles = append([]client.Incident{*in}, m.troubles...)
	m.troubles = m.troubles[:min(len(m.troubles), incidentsMost)]
}
