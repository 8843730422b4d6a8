package notify_test

import (
	"fmt"
	"time"

	"poise/notify"
)

// Example checks a message as a receiver does, before it reads it.
func Example() {
	header := "t=1800000000,v1=d3e2515aa0a1f0290b6d505254ab97b6384dfaa890231cb324c49b2e522f8184"
	body := []byte(`{"events":[]}`)
	now := time.Unix(1_800_000_030, 0)
	fmt.Println(notify.Verify("a secret of the receiver", header, body, now, 5*time.Minute))
	fmt.Println(notify.Verify("a secret of the receiver", header, []byte(`{"events":[1]}`), now, 5*time.Minute))
	// Output:
	// <nil>
	// not signed: by another secret, or the body was changed
}
