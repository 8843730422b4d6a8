package dapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const (
	bodyMax     = 32 << 20
	messageMax  = 300 // bytes of the exchange's text in an Error
	recvWindow  = "5000"
	clockTries  = 2           // that -1021 may cost
	longestWait = time.Minute // for one caller, as a 5xx may ask for
)

// call is one call of the REST API. All that are made here may be repeated.
type call struct {
	method, path string
	query        string // encoded, without what signing adds
	weight       int
	key          *Key // nil: public
	signed       bool
	urgent       bool       // of a listen key or the clock: may use the last tenth
	sent         *time.Time // out: when the last attempt was sent, by the runtime
}

func (c *call) name() string { return c.method + " " + c.path }

func (c *call) wrong(what string) error {
	return fmt.Errorf("dapi: %s: %w: %s", c.name(), ErrAnswer, what)
}

// call makes a call and returns the body of its answer. It waits for its turn,
// and repeats what failed, no longer than ctx.
func (x *Exchange) call(ctx context.Context, c call) ([]byte, error) {
	clockWrong := 0
	for failures := 0; ; {
		sent := time.Now()
		body, err := x.attempt(ctx, &c)
		switch {
		case err == nil:
			return body, nil
		case ctx.Err() != nil || errors.Is(err, ErrQueue) || errors.Is(err, ErrTooLarge):
			return nil, fmt.Errorf("dapi: %w", err)
		case errors.Is(err, ErrTimestamp) && clockWrong < clockTries:
			clockWrong++
			if e := x.remeasure(ctx, sent); e != nil {
				return nil, e
			}
			continue
		}
		wait, again := x.wait(err, failures)
		if failures++; !again || failures >= x.config.Tries || !waits(ctx, wait) {
			return nil, fmt.Errorf("dapi: %w", err)
		}
		x.config.Log.Info("call failed, and is repeated", "call", c.name(), "err", err, "in", wait)
		if !sleep(ctx, wait-x.spare(err)) {
			return nil, fmt.Errorf("dapi: %w (%w)", err, context.Cause(ctx))
		}
	}
}

// wait is for how long, after an error, a call is not repeated, and whether it may
// be at all.
func (x *Exchange) wait(err error, failures int) (time.Duration, bool) {
	var e *Error
	if !errors.As(err, &e) {
		return backoff(x.config.RetryMin, x.config.RetryMax, failures), true // the network
	}
	if e.limits() {
		return e.RetryAfter, true
	}
	again := e.Is(ErrServer) || e.Is(ErrUnknown) || e.Code == -1001
	return max(min(e.RetryAfter, longestWait), backoff(x.config.RetryMin, x.config.RetryMax, failures)), again
}

// spare is what need not be slept here, since the budget stops everyone.
func (x *Exchange) spare(err error) time.Duration {
	var e *Error
	if errors.As(err, &e) && e.limits() {
		return e.RetryAfter
	}
	return 0
}

// waits reports whether ctx leaves time to wait.
func waits(ctx context.Context, d time.Duration) bool {
	end, ok := ctx.Deadline()
	return !ok || time.Until(end) > d
}

// attempt makes a call once, when its turn comes.
func (x *Exchange) attempt(ctx context.Context, c *call) ([]byte, error) {
	if c.signed {
		if err := x.timely(ctx); err != nil {
			return nil, err
		}
	}
	if err := x.budget.take(ctx, c.weight, c.urgent); err != nil {
		return nil, fmt.Errorf("%s: %w", c.name(), err)
	}
	said, began := -1, x.Now()
	defer func() { x.budget.done(c.weight, said, began) }()
	ctx, cancel := context.WithTimeout(ctx, x.config.Timeout)
	defer cancel()
	r, secret, err := x.request(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name(), err)
	}
	if c.sent != nil {
		*c.sent = time.Now()
	}
	res, err := x.http.Do(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.name(), bare(err))
	}
	defer res.Body.Close()
	said = number(res.Header.Get("X-MBX-USED-WEIGHT-1M"), -1)
	return x.answer(c, res, secret)
}

func (x *Exchange) answer(c *call, res *http.Response, secret string) ([]byte, error) {
	body, err := readAll(res, bodyMax)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", c.name(), err)
	case res.StatusCode == http.StatusOK:
		return body, nil
	}
	e := refusal(c, res, body)
	if secret != "" {
		e.Message = strings.ReplaceAll(e.Message, secret, "…")
	}
	if e.limits() {
		x.config.Log.Warn("the exchange stops all calls", "call", c.name(), "status", e.Status, "for", e.RetryAfter)
		x.budget.stop(e.RetryAfter, e.Status == http.StatusTeapot)
	}
	return nil, e
}

// readAll reads a body, with one allocation when its length is told.
func readAll(res *http.Response, most int64) ([]byte, error) {
	if res.ContentLength > most {
		return nil, ErrTooLarge
	}
	if n := res.ContentLength; n >= 0 {
		b := make([]byte, n)
		_, err := io.ReadFull(res.Body, b)
		return b, err
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, most+1))
	if err == nil && int64(len(b)) > most {
		return nil, ErrTooLarge
	}
	return b, err
}

// request builds a call's request and returns its signature too. query holds
// everything, the body nothing.
func (x *Exchange) request(ctx context.Context, c *call) (r *http.Request, signature string, err error) {
	query := c.query
	if c.signed {
		if query != "" {
			query += "&"
		}
		query += "recvWindow=" + recvWindow + "&timestamp=" + strconv.FormatInt(x.Now().UnixMilli(), 10)
		if signature, err = c.key.sign(query); err != nil {
			return nil, "", err
		}
		query += "&signature=" + signature
	}
	r, err = http.NewRequestWithContext(ctx, c.method, x.config.REST+c.path, nil)
	if err != nil {
		return nil, "", bare(err)
	}
	r.URL.RawQuery = query
	r.Header.Set("User-Agent", "poise")
	if c.key != nil {
		r.Header["X-MBX-APIKEY"] = []string{*c.key.apiKey}
	}
	return r, signature, nil
}

// refusal reads what the exchange says of a call that failed. What is not its
// JSON, as of a firewall, is not shown.
func refusal(c *call, res *http.Response, body []byte) *Error {
	e := &Error{Call: c.name(), Status: res.StatusCode, Message: http.StatusText(res.StatusCode)}
	var v struct {
		Code int    `json:"code"`
		Msg  string `json:"msg"`
	}
	if json.Unmarshal(body, &v) == nil && v.Code != 0 {
		e.Code, e.Message = v.Code, strings.ToValidUTF8(v.Msg[:min(len(v.Msg), messageMax)], "")
	}
	e.RetryAfter = time.Duration(max(0, min(number(res.Header.Get("Retry-After"), 0), longestStop))) * time.Second
	if e.limits() && e.RetryAfter == 0 {
		e.RetryAfter = unsaid(e)
	}
	return e
}

// longestStop bounds what a Retry-After may say: bans last 3 days at most.
const longestStop = 3 * 24 * 3600

var bannedUntil = regexp.MustCompile(`banned until (\d{1,16})`)

// unsaid is for how long a 429 or 418 without Retry-After stops: as its text says,
// a minute, or the shortest ban that is documented.
func unsaid(e *Error) time.Duration {
	if m := bannedUntil.FindStringSubmatch(e.Message); m != nil {
		ms, _ := strconv.ParseInt(m[1], 10, 64) // at most sixteen digits
		if d := time.Until(time.UnixMilli(ms)); d > 0 && d <= longestStop*time.Second {
			return d
		}
	}
	if e.Status == http.StatusTeapot {
		return 2 * time.Minute
	}
	return time.Minute
}

func number(s string, def int) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return def
	}
	return n
}
