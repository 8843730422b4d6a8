package dapi

import (
	"bytes"

	"poise/wire"
)

// expiryMax is more than a listenKeyExpired has, in an envelope too.
const expiryMax = 4 * listenKeyMax

var expiryName = []byte(`"listenKeyExpired"`)

// expiry reports whether a message is a listenKeyExpired, and the key it names,
// "" when it names none, as older ones do. Only a short message that has the word
// is decoded.
func expiry(message []byte) (key string, ok bool) {
	if len(message) > expiryMax || !bytes.Contains(message, expiryName) {
		return "", false
	}
	var d wire.Decoder
	var e wire.Event
	if d.Decode(message, &e) != nil || e.Type != wire.ListenKeyExpired {
		return "", false
	}
	return e.ListenKey, true
}
