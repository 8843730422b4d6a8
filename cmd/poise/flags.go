package main

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"
)

// noArgs is cobra.NoArgs with the exit code of wrong usage.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage("%s takes no argument, got %q", c.CommandPath(), args[0])
	}
	return nil
}

// oneArg asks for one argument by name.
func oneArg(name string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage("%s takes one argument, %s; got %d", c.CommandPath(), name, len(args))
		}
		return nil
	}
}

func jsonFlag(c *cobra.Command, v *bool) {
	c.Flags().BoolVar(v, "json", false, "print JSON instead of a table")
}

func storeFlag(c *cobra.Command, v *string) {
	c.Flags().StringVar(v, "store", "poise.db", "the store's file")
}

// instant is a flag of a moment: 2026-10-31, 2026-10-31T12:00:00Z, or ms.
type instant struct {
	ms  int64
	set bool
}

func (t *instant) String() string {
	if !t.set {
		return ""
	}
	return strconv.FormatInt(t.ms, 10)
}

func (t *instant) Type() string { return "time" }

func (t *instant) Set(s string) (err error) {
	t.set = true
	t.ms, err = momentIn(s, time.UTC)
	return err
}

// momentIn reads a time that is meant in a zone where it names none.
func momentIn(s string, zone *time.Location) (ms int64, err error) {
	if ms, err := strconv.ParseInt(s, 10, 64); err == nil && len(s) > 8 {
		return ms, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02", "2006-01"} {
		if v, err := time.ParseInLocation(layout, s, zone); err == nil {
			return v.UnixMilli(), nil
		}
	}
	return 0, usage("%q is no time: write 2026-10-31, 2026-10-31T12:00:00Z (UTC without a zone), or milliseconds", s)
}
