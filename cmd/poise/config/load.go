package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// maxDepth of the YAML: accounts have fields, and nothing is deeper.
const maxDepth = 16

// Load reads and checks a configuration. lookup gives the environment's
// variables, as os.LookupEnv does. What is wrong with the file is a [*Problems];
// no error holds a secret.
func Load(path string, lookup func(string) (string, bool)) (*Config, error) {
	text, mode, err := readFile(path, MaxFile)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	r := &reader{file: path, dir: filepath.Dir(path), lookup: lookup}
	c := r.read(text)
	r.checkMode(mode)
	return r.result(c)
}

// readFile reads a regular file of at most so many bytes, and tells who may.
func readFile(path string, most int64) ([]byte, fs.FileMode, error) {
	if info, err := os.Stat(path); err != nil { // before it is opened: a pipe would wait
		return nil, 0, err
	} else if !info.Mode().IsRegular() {
		return nil, 0, &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("is %s", kindOf(info.Mode()))}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, 0, err
	}
	text, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(text)) > most {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("has more than %d bytes", most)}
	}
	return text, info.Mode(), err
}

func kindOf(m fs.FileMode) string {
	if m.IsDir() {
		return "a folder"
	}
	return "a device or a pipe"
}

// readable reports whether a file's mode lets any of these read it. Windows has
// no such modes.
func readable(mode fs.FileMode, by fs.FileMode) bool {
	return runtime.GOOS != "windows" && mode.Perm()&by != 0
}

const (
	byGroup = 0o040
	byAll   = 0o004
)

func (r *reader) read(text []byte) *Config {
	if !r.checkText(text) {
		return nil
	}
	var doc yaml.Node
	limits := loaderlimits.New(loaderlimits.DepthValue(maxDepth))
	if err := yaml.Load(text, &doc, yaml.WithPlugin(limits)); err != nil {
		r.syntax(err)
		return nil
	}
	if doc.Kind != yaml.DocumentNode || len(doc.Content) != 1 {
		r.whole("is empty: write at least accounts:, with a name, key and secret each")
		return nil
	}
	return r.config(doc.Content[0])
}

// checkText refuses what no text is, with its line, which the parser does not
// know.
func (r *reader) checkText(text []byte) bool {
	for i := 0; i < len(text); {
		c, size := utf8.DecodeRune(text[i:])
		control := c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7f || c >= 0x80 && c < 0xa0 && c != 0x85
		if control || c == utf8.RuneError && size <= 1 {
			line := 1 + bytes.Count(text[:i], []byte("\n"))
			column := 1 + utf8.RuneCount(text[1+bytes.LastIndexByte(text[:i], '\n'):i])
			r.add(line, column, "", "has a byte that is no UTF-8 text: save the file as UTF-8")
			return false
		}
		i += size
	}
	return true
}

// syntax tells what the parser says, but for messages that could quote a value.
func (r *reader) syntax(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) || e.Mark.Line == 0 {
		switch {
		case strings.Contains(err.Error(), "multiple"):
			r.whole("holds more than one YAML document: remove the line '---' between them")
		case strings.Contains(err.Error(), "no documents"):
			r.whole("is empty: write at least accounts:, with a name, key and secret each")
		default:
			r.whole("is not YAML")
		}
		return
	}
	what := e.Message
	switch {
	case strings.Contains(what, "unknown anchor"):
		what = "refers to an anchor that is not there: put a value that begins with * in quotes"
	case strings.Contains(what, "tag"):
		what = "has a tag: put a value that begins with ! in quotes"
	case strings.Contains(what, "mapping values are not allowed"):
		what += ": put a value that holds ': ' in quotes, and check the indentation"
	case strings.Contains(what, "cannot start any token"):
		what += ": indent with spaces, and put a value that begins with @, ` or % in quotes"
	}
	r.add(e.Mark.Line, e.Mark.Column, "", what)
}

// checkMode refuses a literal secret in a file that everybody can read.
func (r *reader) checkMode(mode fs.FileMode) {
	if at := r.literal; at != nil && readable(mode, byAll) {
		r.add(at.node.Line, at.node.Column, at.path, fmt.Sprintf(
			"is a secret in a file that everybody can read (mode %#o): chmod 600 %s, or write ${VARIABLE}", mode.Perm(), r.file))
	}
}
