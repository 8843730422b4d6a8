package serve

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"
)

// guard lets in who may ask.
type guard struct {
	token   [sha256.Size]byte // its hash: comparing takes the same time for any text
	session [sha256.Size]byte // of the cookie's value
	cookie  string            // its value
	open    bool              // there is no token
	tries   tries
}

// cookieName is of the cookie that a browser shows instead of the token.
const cookieName = "poise"

func newGuard(token string) *guard {
	m := hmac.New(sha256.New, []byte(token))
	m.Write([]byte("poise page session 1"))
	g := &guard{token: sha256.Sum256([]byte(token)), cookie: hex.EncodeToString(m.Sum(nil)), open: token == ""}
	g.session = sha256.Sum256([]byte(g.cookie))
	return g
}

func same(want, got [sha256.Size]byte) bool { return subtle.ConstantTimeCompare(want[:], got[:]) == 1 }

// shown is what a request shows to be let in: the token, or the cookie made of
// it. any is false where it shows nothing.
func (g *guard) shown(r *http.Request) (hash [sha256.Size]byte, right, any bool) {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		hash = sha256.Sum256([]byte(token))
		return hash, same(g.token, hash), true
	}
	c, err := r.Cookie(cookieName)
	if err != nil {
		return hash, false, false
	}
	hash = sha256.Sum256([]byte(c.Value))
	return hash, same(g.session, hash), true
}

// lets reports whether a request may be answered. One that shows nothing guesses
// nothing.
func (g *guard) lets(r *http.Request) (v verdict) {
	if g.open || free(r.URL.Path) {
		return verdict{right: true}
	}
	hash, right, any := g.shown(r)
	if !any {
		return verdict{}
	}
	return g.tries.judge(addressOf(r), hash, right, time.Now())
}

// takes reports whether the form's token is the right one.
func (g *guard) takes(r *http.Request, token string) verdict {
	if g.open {
		return verdict{right: true}
	}
	hash := sha256.Sum256([]byte(token))
	return g.tries.judge(addressOf(r), hash, same(g.token, hash), time.Now())
}

// free is what everybody may ask: whether the process lives, and what the form
// to log in is made of.
func free(path string) bool {
	return path == "/healthz" || path == "/readyz" || path == loginPath || strings.HasPrefix(path, staticPath)
}

// refuse is what nobody may ask.
func (g *guard) refuse(w http.ResponseWriter, r *http.Request) *problem {
	if g.open && !isHere(r.Host) {
		return &problem{Status: http.StatusMisdirectedRequest,
			Detail: "this is answered under the name localhost or a loopback address alone; set a token to be reached by another name"}
	}
	if r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodPost && r.URL.Path == loginPath {
		return nil
	}
	w.Header().Set("Allow", "GET, HEAD")
	return &problem{Status: http.StatusMethodNotAllowed, Detail: "nothing can be changed here: only GET is answered"}
}

// isHere reports whether a Host header names this machine by itself. Any other
// name may be of a page elsewhere that had it point here.
func isHere(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	return isLoopback(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]"))
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// policy lets the page load what this server has and nothing else, and run no
// script that stands in it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

func secure(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// isPage reports whether a person's browser asks, for something to look at.
func isPage(r *http.Request) bool {
	return !strings.HasPrefix(r.URL.Path, "/v1/") && strings.Contains(r.Header.Get("Accept"), "text/html")
}
