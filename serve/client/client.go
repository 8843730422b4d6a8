package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Config is whom to ask, and how patiently.
type Config struct {
	// URL is the server's, such as http://127.0.0.1:9710; host:port alone is http.
	URL string
	// Token is shown with each request; it is part of no error.
	Token string
	// Transport carries the requests; nil is one of this client's own.
	Transport http.RoundTripper
	// AnswerMost is how long one answer may take; 0 is 30 s.
	AnswerMost time.Duration
	// SilenceMost is how long a stream of changes may bring nothing, not even a
	// heartbeat, before it counts as lost; 0 is 25 s. The server's is 10 s.
	SilenceMost time.Duration
	// PauseMost bounds the pause before a lost stream is opened again; 0 is 15 s.
	PauseMost time.Duration
}

// Client asks one server. Make it with New; it may be used by many goroutines.
type Client struct {
	config Config
	base   *url.URL
	http   *http.Client
	most   int64 // bytes of an answer
}

// Bounds of what is read.
const (
	answerBytesMost = 64 << 20
	problemMost     = 64 << 10
	changeBytesMost = 16 << 20
)

// New returns a Client without asking anything yet. Errors wrap ErrURL.
func New(c Config) (*Client, error) {
	base, err := parseURL(c.URL)
	if err != nil {
		return nil, err
	}
	if c.AnswerMost <= 0 {
		c.AnswerMost = 30 * time.Second
	}
	if c.SilenceMost <= 0 {
		c.SilenceMost = 25 * time.Second
	}
	if c.PauseMost <= 0 {
		c.PauseMost = 15 * time.Second
	}
	if c.Transport == nil {
		c.Transport = http.DefaultTransport.(*http.Transport).Clone()
	}
	// A redirect could carry the token to somebody else.
	noRedirect := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{config: c, base: base, http: &http.Client{Transport: c.Transport, CheckRedirect: noRedirect}, most: answerBytesMost}, nil
}

func parseURL(text string) (*url.URL, error) {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrURL, err)
	case u.Scheme != "http" && u.Scheme != "https", u.Hostname() == "", u.User != nil, u.RawQuery != "", u.Fragment != "":
		return nil, fmt.Errorf("%w: %q is none such as http://127.0.0.1:9710", ErrURL, u.Redacted())
	}
	return u, nil
}

// Server is the host and port that is asked.
func (c *Client) Server() string { return c.base.Host }

// Close lets go of connections that rest.
func (c *Client) Close() { c.http.CloseIdleConnections() }

func (c *Client) request(ctx context.Context, query url.Values, path ...string) (*http.Request, error) {
	u := *c.base
	u.Path = strings.TrimRight(c.base.Path, "/") + "/" + strings.Join(path, "/")
	for i := range path {
		path[i] = url.PathEscape(path[i])
	}
	u.RawPath = strings.TrimRight(c.base.EscapedPath(), "/") + "/" + strings.Join(path, "/")
	u.RawQuery = query.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	if c.config.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.config.Token)
	}
	return r, nil
}

// ask reads one answer into a value.
func (c *Client) ask(ctx context.Context, into any, query url.Values, path ...string) error {
	ctx, stop := context.WithTimeoutCause(ctx, c.config.AnswerMost, ErrSilent)
	defer stop()
	r, err := c.request(ctx, query, path...)
	if err != nil {
		return err
	}
	res, err := c.http.Do(r)
	if err != nil {
		return unanswered(ctx, err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return problemOf(res)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, c.most+1))
	switch {
	case err != nil:
		return unanswered(ctx, err)
	case int64(len(body)) > c.most:
		return fmt.Errorf("%w: %s has more than %d bytes", ErrTooLarge, r.URL.Path, c.most)
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrAnswer, r.URL.Path, err)
	}
	return nil
}

// unanswered says why there was no answer: the caller ended it, it took too
// long, or the line failed.
func unanswered(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var u *url.Error
	if errors.As(err, &u) { // without the URL, which the caller knows
		err = u.Err
	}
	return fmt.Errorf("%w: %w", ErrLine, err)
}
