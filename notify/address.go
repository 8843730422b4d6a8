package notify

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"
)

// CheckURL checks an address to tell: of https, or of this machine. The error
// does not hold it, since a webhook's address is often a secret.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Hostname() == "" || u.Opaque != "" || u.Fragment != "":
		return errors.New("is no address https://host/path")
	case u.User != nil:
		return errors.New("has a user or a password in it: messages are signed by the secret instead")
	case u.Scheme == "https", u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http":
		return errors.New("is of http, which anybody on the way can read: write https://, or http:// of this machine")
	}
	return errors.New("is no address https://host/path")
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// newClient follows no redirect: what was meant for one address goes to no
// other. Plain HTTP leaves the machine under no name.
func newClient(address string) *http.Client {
	t := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConns: 1, MaxConnsPerHost: 1, IdleConnTimeout: time.Minute,
		TLSHandshakeTimeout: sendMost, ResponseHeaderTimeout: sendMost, ForceAttemptHTTP2: true}
	if u, err := url.Parse(address); err == nil && u.Scheme == "http" {
		t.Proxy, t.DialContext = nil, dialHere
	}
	return &http.Client{Transport: t, Timeout: sendMost, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// dialHere connects to this machine only, whatever a name stands for.
func dialHere(ctx context.Context, network, address string) (net.Conn, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if a, ok := c.RemoteAddr().(*net.TCPAddr); !ok || !a.IP.IsLoopback() {
		c.Close()
		return nil, fmt.Errorf("%w: plain HTTP is for this machine only", ErrConfig)
	}
	return c, nil
}
