package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// The errors, beside [*Problem].
var (
	ErrURL      = errors.New("no address of a server")
	ErrLine     = errors.New("the server cannot be reached")
	ErrSilent   = errors.New("the server is silent")
	ErrEnded    = errors.New("the server ended the stream")
	ErrTooLarge = errors.New("the answer is too large")
	ErrAnswer   = errors.New("the answer is not the API's: is this the address of a poise?")
)

// Problem is an answer that is no answer, as RFC 9457 has it.
type Problem struct {
	Type   string `json:"type"`   // as docs/api.md lists them; "" where the status says all
	Status int    `json:"status"` // of HTTP
	Title  string `json:"title"`
	Detail string `json:"detail"`
}

// Error says what the server said.
func (p *Problem) Error() string {
	if p.Detail == "" {
		return fmt.Sprintf("the server says %d %s", p.Status, p.Title)
	}
	return fmt.Sprintf("the server says %d: %s", p.Status, p.Detail)
}

// Temporary reports whether asking again may help.
func (p *Problem) Temporary() bool {
	return p.Status >= 500 || p.Status == http.StatusTooManyRequests || p.Status == http.StatusRequestTimeout
}

// IsStatus reports whether an error is a Problem of a status of HTTP.
func IsStatus(err error, status int) bool {
	var p *Problem
	return errors.As(err, &p) && p.Status == status
}

func problemOf(res *http.Response) error {
	p := &Problem{}
	body, _ := io.ReadAll(io.LimitReader(res.Body, problemMost)) // the status alone says enough
	_ = json.Unmarshal(body, p)
	p.Status = res.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(res.StatusCode)
	}
	return p
}

// temporary reports whether a stream that failed so is opened again.
func temporary(err error) bool {
	var p *Problem
	if errors.As(err, &p) {
		return p.Temporary()
	}
	return errors.Is(err, ErrLine) || errors.Is(err, ErrSilent) || errors.Is(err, ErrEnded)
}
