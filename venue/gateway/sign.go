package gateway

import (
	"crypto"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"net/url"

	"strings"
	"time"
)

// Window of a signed call, ms.
const (
	defaultWindow = 5000
	longestWindow = 60_000
	aheadMax      = 1000
)

// signed checks timestamp, recvWindow and signature, in that order. payload is
// what the client signed.
func (g *Gateway) signed(c *client, p *params, payload, signature string) error {
	if err := g.timely(p); err != nil {
		return err
	}
	if signature == "" && !p.has("signature") {
		return refuse(-1102, "signature")
	}
	if !c.verifies(payload, signature) {
		return refuse(-1022)
	}
	return nil
}

func (g *Gateway) timely(p *params) error {
	p.must("timestamp")
	stamp := p.integer("timestamp", 0, -1<<62, 1<<62)
	window := p.integer("recvWindow", defaultWindow, 0, 1<<53)
	switch {
	case p.err != nil:
		return p.err
	case window > longestWindow:
		return refuse(-1131)
	case within(stamp, window, g.now()):
		return nil
	case g.config.Manual && within(stamp, window, time.Now().UnixMilli()):
		return nil
	case stamp >= g.now()+aheadMax:
		return &refusal{status: 400, code: -1021, msg: "Timestamp for this request was 1000ms ahead of the server's time."}
	}
	return refuse(-1021)
}

func within(stamp, window, now int64) bool { return stamp < now+aheadMax && now-stamp <= window }

// verifies checks a signature: HMAC-SHA256 in hexadecimal of either case, or
// RSASSA-PKCS1-v1_5 with SHA-256 or Ed25519 in base64.
func (c *client) verifies(payload, signature string) bool {
	if c.public == nil {
		mac := hmac.New(sha256.New, []byte(c.secret))
		mac.Write([]byte(payload))
		got, err := hex.DecodeString(signature)
		return err == nil && hmac.Equal(mac.Sum(nil), got)
	}
	sig, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(signature, " ", "+")) // an unescaped + was read as a space
	if err != nil {
		return false
	}
	if key, ok := c.public.(ed25519.PublicKey); ok {
		return ed25519.Verify(key, []byte(payload), sig)
	}
	sum := sha256.Sum256([]byte(payload))
	return rsa.VerifyPKCS1v15(c.public.(*rsa.PublicKey), crypto.SHA256, sum[:], sig) == nil
}

// cutSignature takes signature=... off the end of a text.
func cutSignature(text string) (rest, signature string, found bool) {
	i := strings.LastIndex("&"+text, "&signature=")
	if i < 0 {
		return text, "", false
	}
	value := ("&" + text)[i+len("&signature="):]
	if strings.Contains(value, "&") {
		return text, "", false // it has to be last
	}
	signature, err := url.QueryUnescape(value)
	if err != nil {
		return text, "", false
	}
	return strings.TrimSuffix(text[:max(i-1, 0)], "&"), signature, true
}

// payloadOf returns what the client signed, query and body one behind the other
// with nothing between, and the signature.
func payloadOf(query, body string) (payload, signature string) {
	if rest, sig, ok := cutSignature(body); ok {
		return query + rest, sig
	}
	if rest, sig, ok := cutSignature(query); ok {
		return rest + body, sig
	}
	return query + body, ""
}

// apiPayload is what the WebSocket API signs: all parameters by name.
func apiPayload(names []string, values map[string]string) string {
	var b strings.Builder
	for _, n := range names {
		if n == "signature" {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(n + "=" + values[n])
	}
	return b.String()
}
