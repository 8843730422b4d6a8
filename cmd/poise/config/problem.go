package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong, and where.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 where it is the whole file
	Path         string // accounts[1].secret
	What         string // and how to mend it
}

// String is FILE:line:column: path: what.
func (p Problem) String() string {
	s := p.File
	if p.Line > 0 {
		s += fmt.Sprintf(":%d:%d", p.Line, p.Column)
	}
	if p.Path != "" {
		s += ": " + p.Path
	}
	return s + ": " + p.What
}

// Problems are why a configuration is refused: in the order of the file, at
// most MaxProblems of them.
type Problems struct {
	List []Problem
	More int // that are not in List
}

// MaxProblems bounds how many problems are told at once.
const MaxProblems = 50

// Error tells each on a line of its own.
func (p *Problems) Error() string {
	var lines []string
	for _, one := range p.List {
		lines = append(lines, one.String())
	}
	if p.More > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", p.More))
	}
	return strings.Join(lines, "\n")
}
