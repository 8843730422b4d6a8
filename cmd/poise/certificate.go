package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"poise/cmd/poise/config"
)

// certificate is a certificate in files, read again when they change: whoever
// renews it needs to tell nobody.
type certificate struct {
	files config.TLS
	log   *slog.Logger

	mu     sync.Mutex
	held   *tls.Certificate
	stamp  string
	looked time.Time
}

// newTLS is what to serve by, nil for no files.
func newTLS(files config.TLS, log *slog.Logger) (*tls.Config, error) {
	if !files.Given() {
		return nil, nil
	}
	c := &certificate{files: files, log: log}
	if err := c.read(c.now()); err != nil {
		return nil, fmt.Errorf("tls: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: c.get}, nil
}

func (c *certificate) now() string { return stampOf([]string{c.files.Certificate, c.files.Key}) }

func (c *certificate) read(stamp string) error {
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	c.stamp = stamp
	if err == nil {
		c.held = &pair
	}
	return err
}

// get gives a client the certificate of now; one that cannot be read, or is half
// written, leaves the one before.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if time.Since(c.looked) < lookEvery {
		return c.held, nil
	}
	c.looked = time.Now()
	if stamp := c.now(); stamp != c.stamp {
		if err := c.read(stamp); err != nil {
			c.log.Error("the new certificate is not taken; the one before is served", "error", err)
		} else {
			c.log.Info("new certificate taken", "ends", c.held.Leaf.NotAfter)
		}
	}
	return c.held, nil
}
