// Package memnet is a network in memory, for tests in which time is not the
// machine's: inside a testing/synctest bubble its connections block durably, so
// that a day of pings, deadlines and reconnects passes in milliseconds.
//
//	network := memnet.New()
//	v := &venue.Venue{NetListen: network.Listen}
//	x, err := dapi.New(dapi.Config{REST: v.URL(), Stream: v.StreamURL(), Dial: network.Dial})
//
// Connections are buffered as those of a kernel are, have deadlines and half
// closes, and can fail as those of a network do: [Network.Refuse], [Network.Cut],
// [Network.Stall]. What is not modelled: latency, loss of single bytes, DNS.
package memnet
