package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// reader is one file on its way to a Config, and what was found wrong so far.
type reader struct {
	file, dir string
	lookup    func(string) (string, bool)
	problems  []Problem
	literal   *place // the first secret that is written out
	keyFiles  []string
}

// place is a value of the file.
type place struct {
	node *yaml.Node
	path string
}

func (r *reader) add(line, column int, path, what string) {
	r.problems = append(r.problems, Problem{File: r.file, Line: line, Column: column, Path: path, What: what})
}

func (r *reader) whole(what string) { r.add(0, 0, "", what) }

func (r *reader) wrong(at place, format string, args ...any) {
	r.add(at.node.Line, at.node.Column, at.path, fmt.Sprintf(format, args...))
}

func (r *reader) result(c *Config) (*Config, error) {
	if len(r.problems) == 0 {
		return c, nil
	}
	slices.SortStableFunc(r.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	p := &Problems{List: r.problems}
	if len(p.List) > MaxProblems {
		p.List, p.More = p.List[:MaxProblems], len(p.List)-MaxProblems
	}
	return nil, p
}

// fields gives the values of a mapping by their names, which are among known.
// Whatever else it has is a problem.
func (r *reader) fields(at place, known ...string) map[string]place {
	found := map[string]place{}
	if at.node.Kind != yaml.MappingNode {
		r.wrong(at, "is no list of fields: write name: value, one a line; the fields are %s", strings.Join(known, ", "))
		return found
	}
	for i := 0; i+1 < len(at.node.Content); i += 2 {
		key, value := at.node.Content[i], at.node.Content[i+1]
		path := key.Value
		if at.path != "" {
			path = at.path + "." + key.Value
		}
		if key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value) {
			// Its text is not told: an indentation gone wrong makes a value of it.
			r.wrong(place{key, at.path}, "has an unknown field; the fields are %s", strings.Join(known, ", "))
			continue
		}
		if first, twice := found[key.Value]; twice {
			r.wrong(place{key, path}, "is given twice, also on line %d: remove one", first.node.Line)
			continue
		}
		found[key.Value] = place{value, path}
	}
	return found
}

// text is a value with its variables replaced; ok is false if there is none, or
// a problem was told.
func (r *reader) text(at place) (value string, ok bool) {
	n := at.node
	switch {
	case n == nil:
		return "", false
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		r.wrong(at, "is an anchor or an alias, which are not read here: write the value out, in quotes if it begins with * or &")
	case n.Kind != yaml.ScalarNode:
		r.wrong(at, "is a list or has fields: write one value")
	case n.Style&yaml.TaggedStyle != 0:
		r.wrong(at, "has a tag: put a value that begins with ! in quotes")
	case n.Tag == "!!null" || n.Value == "":
		r.wrong(at, "is empty: give a value, or remove the line")
	default:
		return r.expand(at)
	}
	return "", false
}

// expand replaces each ${NAME} by the environment's variable.
func (r *reader) expand(at place) (string, bool) {
	var b strings.Builder
	ok := true
	for rest := at.node.Value; ; {
		before, after, found := strings.Cut(rest, "${")
		if !found {
			b.WriteString(rest)
			break
		}
		if literal, escaped := strings.CutSuffix(before, "$"); escaped {
			b.WriteString(literal + "${")
			rest = after
			continue
		}
		b.WriteString(before)
		name, more, closed := strings.Cut(after, "}")
		if !closed || !isVariable(name) {
			// Not quoted: it may be a secret with a $ in it.
			r.wrong(at, "has ${ without a variable's name and }: write ${NAME}, or $${ for the characters ${")
			return "", false
		}
		value, set := r.lookup(name)
		if !set {
			r.wrong(at, "the variable %s is not set: export %s=..., or write the value", name, name)
			ok = false
		} else if value == "" {
			r.wrong(at, "the variable %s is empty: export %s=... with a value", name, name)
			ok = false
		}
		b.WriteString(value)
		rest = more
	}
	if ok && b.Len() > MaxValue {
		r.wrong(at, "has more than %d bytes", MaxValue)
		return "", false
	}
	return b.String(), ok
}

// isVariable reports whether a name is one of the environment's: letters,
// digits and _, no digit first.
func isVariable(name string) bool {
	for i, c := range name {
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != ""
}

// writtenOut reports whether a value has more than variables.
func writtenOut(value string) bool {
	for value != "" {
		name, rest, ok := strings.Cut(value, "}")
		name, begins := strings.CutPrefix(name, "${")
		if !ok || !begins || !isVariable(name) {
			return true
		}
		value = rest
	}
	return false
}
