package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// SignatureHeader is the header that Verify checks.
const SignatureHeader = "Poise-Signature"

// ErrSignature is a message that was not signed by the secret, or too long ago.
var ErrSignature = errors.New("not signed")

// sign makes the header of a message that is sent at a time.
func sign(secret string, at time.Time, body []byte) string {
	seconds := strconv.FormatInt(at.Unix(), 10)
	return "t=" + seconds + ",v1=" + hex.EncodeToString(mac(secret, seconds, body))
}

func mac(secret, seconds string, body []byte) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	_, _ = h.Write([]byte(seconds + ".")) // a hash takes all
	_, _ = h.Write(body)
	return h.Sum(nil)
}

// Verify checks, for a receiver, the signature of a message that came now. One
// that was made more than within ago, or so far ahead, is refused, so that nobody
// can send an old message again. Errors wrap ErrSignature.
func Verify(secret, header string, body []byte, now time.Time, within time.Duration) error {
	first, second, _ := strings.Cut(header, ",")
	seconds, stamped := strings.CutPrefix(first, "t=")
	given, signed := strings.CutPrefix(second, "v1=")
	at, err := strconv.ParseInt(seconds, 10, 64)
	sum, bad := hex.DecodeString(given)
	if !stamped || !signed || err != nil || bad != nil {
		return fmt.Errorf("%w: the header is not t=SECONDS,v1=HEX", ErrSignature)
	}
	if !hmac.Equal(sum, mac(secret, seconds, body)) {
		return fmt.Errorf("%w: by another secret, or the body was changed", ErrSignature)
	}
	if age := now.Sub(time.Unix(at, 0)); age > within || age < -within {
		return fmt.Errorf("%w: %s ago", ErrSignature, age)
	}
	return nil
}
