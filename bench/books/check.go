package books

import (
	"errors"
	"fmt"
	"slices"
)

// Check runs a flow through all and returns an error that names the first command
// about which two disagree: its trades, or whether there was an order to cancel.
func Check(f Flow, designs ...Design) error {
	books := make([]Book, len(designs))
	for i, d := range designs {
		books[i] = d.New(f.Low, f.High)
	}
	var want, got []Match
	total := 0
	for k, c := range f.Commands {
		open := false
		for i, b := range books {
			was := false
			got = got[:0]
			if c.Cancel != 0 {
				was = b.Cancel(c.Cancel)
			} else {
				got = b.Limit(got, c.ID, c.Sell, c.Price, c.Quantity)
			}
			if i == 0 {
				open, want = was, append(want[:0], got...)
			}
			if was != open || !slices.Equal(got, want) {
				return fmt.Errorf("command %d, %+v: %s says %v, %v and %s says %v, %v",
					k, c, designs[0].Name, open, want, designs[i].Name, was, got)
			}
		}
		total += len(want)
	}
	if total == 0 {
		return errors.New("nothing was traded, so there is nothing to compare")
	}
	return nil
}
