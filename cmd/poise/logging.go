package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/term"
)

// newLog logs as text on a terminal, and as JSON elsewhere.
func newLog(w io.Writer, text bool) *slog.Logger {
	if text {
		return slog.New(slog.NewTextHandler(w, nil))
	}
	return slog.New(slog.NewJSONHandler(w, nil))
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// redactor is the last line of defence: no secret passes it, whoever wrote it,
// in whatever form the log gives it. What is written to it is a line or more at
// a time, as slog's handlers do.
type redactor struct {
	mu      sync.Mutex
	w       io.Writer
	replace *strings.Replacer
}

// leastSecret is how long a text must be to be searched for: what is shorter
// would be found in words.
const leastSecret = 4

const redacted = "[redacted]"

// telltale finds signatures and listen keys by what stands before them, since
// they are not known beforehand.
var telltale = regexp.MustCompile(`(?i)(signature=|listenKey["\\=: ]+|/ws/)[A-Za-z0-9%+/=_-]{16,}`)

func newRedactor(w io.Writer) *redactor {
	return &redactor{w: w, replace: strings.NewReplacer()}
}

// hide replaces the secrets that are searched for.
func (r *redactor) hide(secrets []string) {
	var all, pairs []string
	for _, s := range secrets {
		all = append(all, forms(s)...)
	}
	// Of two that begin alike the longer one is looked for first.
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) })
	for _, form := range slices.Compact(all) {
		pairs = append(pairs, form, redacted)
	}
	replace := strings.NewReplacer(pairs...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.replace = replace
}

// forms are the ways in which a secret may stand in a line: as it is, quoted
// once or twice, in an address, and line by line.
func forms(secret string) (list []string) {
	all := append(strings.Split(secret, "\n"), url.QueryEscape(secret))
	for _, quote := range []func(string) string{quoteJSON, strconv.Quote} {
		once := inside(quote(secret))
		all = append(all, once, inside(quoteJSON(once)), inside(strconv.Quote(once)))
	}
	for _, form := range all {
		form = strings.TrimSpace(form)
		if len(form) >= leastSecret && !strings.HasPrefix(form, "-----") && !slices.Contains(list, form) {
			list = append(list, form)
		}
	}
	return list
}

func quoteJSON(s string) string {
	quoted, _ := json.Marshal(s) // of a text there is no error
	return string(quoted)
}

func inside(quoted string) string { return quoted[1 : len(quoted)-1] }

// Write implements io.Writer.
func (r *redactor) Write(line []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := io.WriteString(r.w, r.redact(string(line))); err != nil {
		return 0, err
	}
	return len(line), nil
}

func (r *redactor) redact(s string) string {
	return telltale.ReplaceAllString(r.replace.Replace(s), "${1}"+redacted)
}

// clean returns an error that tells no secret: err itself, as a rule.
func (r *redactor) clean(err error) error {
	if err == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if text := r.redact(err.Error()); text != err.Error() {
		return errors.New(text)
	}
	return err
}
