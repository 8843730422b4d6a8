package dapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// What a call can fail with, for errors.Is; [Error] has the exchange's own words.
var (
	ErrListenKey = errors.New("the listen key does not exist")            // -1125
	ErrTimestamp = errors.New("the timestamp is outside of recvWindow")   // -1021
	ErrSignature = errors.New("the signature is not valid")               // -1022
	ErrKey       = errors.New("the API key is not valid here")            // -2014, -2015, 401: format, address or permission
	ErrLimited   = errors.New("too many requests")                        // 429, -1003, -1015
	ErrBanned    = errors.New("the address is banned for a while")        // 418
	ErrForbidden = errors.New("the firewall refuses")                     // 403
	ErrSymbol    = errors.New("no such symbol")                           // -1121
	ErrUnknown   = errors.New("whether it was done is not known")         // -1006, -1007, 503 "Unknown error"
	ErrServer    = errors.New("the exchange failed")                      // 5xx, 408
	ErrQueue     = errors.New("too many calls wait")                      // of this process
	ErrTooLarge  = errors.New("the answer is too large")                  // over 32 MB
	ErrPages     = errors.New("too many pages")                           // Income: ask for less at a time
	ErrAnswer    = errors.New("the answer is not what the call promises") // 200 with something else
)

// Error is the exchange's answer to a call that failed.
type Error struct {
	Call       string // "GET /dapi/v1/account"
	Status     int    // of HTTP
	Code       int    // of the exchange, negative; 0 when the answer had none
	Message    string // of the exchange, or HTTP's text for the status
	RetryAfter time.Duration
}

// Error returns "GET /dapi/v1/account: 400, -1021: Timestamp for ...".
func (e *Error) Error() string {
	code := ""
	if e.Code != 0 {
		code = fmt.Sprintf(", %d", e.Code)
	}
	return fmt.Sprintf("%s: %d%s: %s", e.Call, e.Status, code, e.Message)
}

// Is matches the named errors.
func (e *Error) Is(target error) bool {
	switch target {
	case ErrListenKey:
		return e.Code == -1125
	case ErrTimestamp:
		return e.Code == -1021
	case ErrSignature:
		return e.Code == -1022
	case ErrKey:
		return e.Code == -2014 || e.Code == -2015 || e.Status == http.StatusUnauthorized
	case ErrLimited:
		return e.Status == http.StatusTooManyRequests || e.Code == -1003 || e.Code == -1015
	case ErrBanned:
		return e.Status == http.StatusTeapot
	case ErrForbidden:
		return e.Status == http.StatusForbidden
	case ErrSymbol:
		return e.Code == -1121
	case ErrUnknown:
		return e.Code == -1006 || e.Code == -1007 || e.Status == http.StatusServiceUnavailable && strings.HasPrefix(e.Message, "Unknown error")
	case ErrServer:
		return e.Status >= 500 || e.Status == http.StatusRequestTimeout
	}
	return false
}

// limits reports whether the answer stops all calls for a while.
func (e *Error) limits() bool {
	return e.Status == http.StatusTooManyRequests || e.Status == http.StatusTeapot
}

// bare takes the address off an error, since there may be a signature or a listen
// key in it.
func bare(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
