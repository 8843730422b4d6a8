package gateway

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"poise/decimal"
)

// params are a call's parameters. The readers keep the first error in err, so a
// call reads what it wants and looks at err once.
type params struct {
	names  []string
	values map[string]string
	err    error
}

const mostParams = 64

// parseForm reads "a=1&b=2"; query wins over body when both have a name.
func parseForm(query, body string) (*params, error) {
	p := &params{values: map[string]string{}}
	for i, text := range []string{query, body} {
		seen := map[string]bool{}
		for part := range strings.SplitSeq(text, "&") {
			if part == "" {
				continue
			}
			k, v, _ := strings.Cut(part, "=")
			name, err1 := url.QueryUnescape(k)
			value, err2 := url.QueryUnescape(v)
			switch {
			case err1 != nil || err2 != nil || strings.ContainsAny(name+value, "\x00"):
				return nil, refuse(-1100, clean(k))
			case seen[name] || len(seen) > mostParams:
				return nil, refuse(-1101)
			}
			seen[name] = true
			if _, taken := p.values[name]; i == 0 || !taken {
				p.set(name, value)
			}
		}
	}
	return p, nil
}

func (p *params) set(name, value string) {
	if _, ok := p.values[name]; !ok {
		p.names = append(p.names, name)
	}
	p.values[name] = value
}

func (p *params) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *params) has(name string) bool { return p.values[name] != "" }

// text returns an optional parameter.
func (p *params) text(name string) string { return p.values[name] }

// must returns a mandatory one: -1102.
func (p *params) must(name string) string {
	if p.values[name] == "" {
		p.fail(refuse(-1102, name))
	}
	return p.values[name]
}

// integer returns an optional whole number; one out of bounds is -1130.
func (p *params) integer(name string, def, least, most int64) int64 {
	v := p.values[name]
	if v == "" {
		return def
	}
	n, err := strconv.ParseInt(v, 10, 64)
	if err != nil {
		p.fail(refuse(-1102, name))
		return def
	}
	if n < least || n > most {
		p.fail(refuse(-1130, name))
		return def
	}
	return n
}

// limit is the usual limit of rows: what is beyond most counts as most.
func (p *params) limit(def, most int64) int {
	return int(min(most, p.integer("limit", def, 1, 1<<31)))
}

// amount returns an optional decimal, zero when missing.
func (p *params) amount(name string) decimal.D {
	v := p.values[name]
	if v == "" {
		return decimal.Zero
	}
	d, err := decimal.Parse(v)
	if err != nil {
		if _, e := strconv.Atoi(strings.Trim(v, "+.")); e == nil { // "+1", ".5" and "5." are read by the exchange
			if d, err = decimal.Parse(loose(v)); err == nil {
				return d
			}
		}
		p.fail(refuse(-1102, name))
	}
	return d
}

func loose(v string) string {
	v = strings.TrimSuffix(strings.TrimPrefix(v, "+"), ".")
	if strings.HasPrefix(v, ".") {
		v = "0" + v
	}
	if i := strings.TrimLeft(v, "0"); len(i) < len(v) && !strings.HasPrefix(i, ".") && i != "" {
		v = i
	}
	return v
}

// boolean returns an optional "true" or "false", in any case.
func (p *params) boolean(name string) bool {
	switch strings.ToLower(p.values[name]) {
	case "", "false":
		return false
	case "true":
		return true
	}
	p.fail(refuse(-1102, name))
	return false
}

// word returns an optional one of words, "" when missing.
func (p *params) word(name string, words ...string) string {
	v := p.values[name]
	if v != "" && !slices.Contains(words, v) {
		p.fail(refuse(-1130, name))
	}
	return v
}

// span returns startTime and endTime: 0 and the largest when missing. -1130 when
// they are the wrong way round.
func (p *params) span() (from, to int64) {
	from, to = p.integer("startTime", 0, 0, 1<<53), p.integer("endTime", 1<<53, 0, 1<<53)
	if from > to {
		p.fail(refuse(-1130, "startTime"))
	}
	return from, to
}
