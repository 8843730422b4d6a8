package main

import (
	"time"
	_ "time/tzdata" // zones also where the machine has none

	"github.com/spf13/cobra"
)

// zone is a flag of a time zone.
type zone struct{ *time.Location }

func (z *zone) String() string {
	if z.Location == nil {
		return "UTC"
	}
	return z.Location.String()
}

func (z *zone) Type() string { return "zone" }

// Set takes no "Local": the same command is to say the same everywhere.
func (z *zone) Set(name string) error {
	l, err := time.LoadLocation(name)
	if err != nil || name == "Local" || name == "" {
		return usage("%q is no time zone: write one as Europe/Berlin, or UTC", name)
	}
	z.Location = l
	return nil
}

func zoneFlag(c *cobra.Command, z *zone) {
	z.Location = time.UTC
	c.Flags().Var(z, "tz", "the time zone of months, days and times, such as Europe/Berlin")
}

// moment is a flag of a time whose zone is another flag.
type moment string

func (m *moment) String() string { return string(*m) }

func (m *moment) Type() string { return "time" }

func (m *moment) Set(s string) error {
	_, err := momentIn(s, time.UTC)
	*m = moment(s)
	return err
}

// in returns the moment in ms, 0 where none was given.
func (m moment) in(z zone) int64 {
	if m == "" {
		return 0
	}
	ms, _ := momentIn(string(m), z.Location) // Set has read it
	return ms
}

func periodFlags(c *cobra.Command, from, to *moment) {
	c.Flags().Var(from, "from", "from this time on (2026-10-31, 2026-10-31T12:00:00Z, or ms)")
	c.Flags().Var(to, "to", "before this time")
}
