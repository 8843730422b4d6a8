package gateway

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"poise/venue/engine"
	"poise/venue/journal"
)

// refusal is an error as the exchange answers it.
type refusal struct {
	status     int
	code       int
	msg        string
	retryAfter int64 // seconds, 0 for none
}

// Error returns "-1021: Timestamp ...".
func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.code, r.msg) }

// MarshalJSON writes {"code","msg"}.
func (r *refusal) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Code int    `json:"code"`
		Msg  string `json:"msg"`
	}{r.code, r.msg})
}

var messages = map[int]string{
	-1000: "An unknown error occurred while processing the request.",
	-1003: "Too many requests; please use the websocket for live updates.",
	-1007: "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
	-1008: "Server is currently overloaded with other requests. Please try again in a few minutes.",
	-1015: "Too many new orders.",
	-1021: "Timestamp for this request is outside of the recvWindow.",
	-1022: "Signature for this request is not valid.",
	-1100: "Illegal characters found in parameter '%s'.",
	-1101: "Duplicate values for a parameter detected.",
	-1102: "Mandatory parameter '%s' was not sent, was empty/null, or malformed.",
	-1104: "Not all sent parameters were read.",
	-1121: "Invalid symbol.",
	-1125: "This listenKey does not exist.",
	-1128: "Combination of optional parameters invalid.",
	-1130: "Data sent for parameter '%s' is not valid.",
	-1131: "recvWindow must be less than 60000.",
	-2011: "Unknown order sent.",
	-2013: "Order does not exist.",
	-2014: "API-key format invalid.",
	-2015: "Invalid API-key, IP, or permissions for action.",
	-2019: "Margin is insufficient.",
	-4120: "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
	-4028: "Leverage %s is not valid",
}

func messageOf(code int) string {
	if m := messages[code]; m != "" {
		return m
	}
	return messages[-1000]
}

// refuse makes the refusal of a code: 401 for the key, else 400.
func refuse(code int, args ...any) error {
	msg := messageOf(code)
	if len(args) > 0 {
		msg = fmt.Sprintf(msg, args...)
	}
	status := http.StatusBadRequest
	if code == -2014 || code == -2015 {
		status = http.StatusUnauthorized
	}
	return &refusal{status: status, code: code, msg: msg}
}

// refusalOf turns any error into what a client may see.
func refusalOf(err error) *refusal {
	var r *refusal
	var e *engine.Error
	var lost *lostError
	switch {
	case errors.As(err, &lost):
		return &refusal{status: http.StatusServiceUnavailable, code: -1007, msg: messageOf(-1007) + " The venue: " + lost.err.Error()}
	case errors.Is(err, journal.ErrFailed):
		return &refusal{status: http.StatusServiceUnavailable, code: -1008, msg: "Service Unavailable. The venue: " + err.Error()}
	case errors.As(err, &r):
		return r
	case errors.As(err, &e):
		return &refusal{status: http.StatusBadRequest, code: e.Code, msg: e.Msg}
	case errors.Is(err, ErrClosed):
		return &refusal{status: http.StatusServiceUnavailable, code: -1008, msg: "Service Unavailable."}
	}
	return &refusal{status: http.StatusInternalServerError, code: -1000, msg: messageOf(-1000)}
}
