package config

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a text that no printing shows: only Reveal gives it.
type Secret struct{ text string }

const hidden = "[secret]"

// Reveal returns the secret itself, "" for none.
func (s Secret) Reveal() string { return s.text }

// Given reports whether there is one.
func (s Secret) Given() bool { return s.text != "" }

func (s Secret) shown() string {
	if s.text == "" {
		return "[none]"
	}
	return hidden
}

// String says only whether there is a secret.
func (s Secret) String() string { return s.shown() }

// Format prints String whatever the verb.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, s.shown()) }

// MarshalText writes String, also into JSON.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.shown()), nil }

// LogValue logs String.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.shown()) }
