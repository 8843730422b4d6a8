package serve

import (
	"net/http"
	"strings"
	"time"
)

const (
	loginPath  = "/login"
	staticPath = "/static/"

	sessionMost = 30 * 24 * time.Hour
	formMost    = 4 << 10 // bytes
)

// login takes the token from the form and gives the browser a cookie for it, so
// that the token stands in no address, history or log.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, formMost)
	if err := r.ParseForm(); err != nil {
		(&problem{Status: http.StatusBadRequest, Detail: "the form cannot be read"}).write(w, r)
		return
	}
	switch v := s.guard.takes(r, r.PostForm.Get("token")); {
	case v.wait > 0:
		s.tooOften(w, r, v)
		return
	case !v.right:
		s.guessed(r, v)
		s.loginForm(w, r, http.StatusUnauthorized, "This is not the token.")
		return
	}
	// Lax, so that a link from a chat or a dashboard arrives logged in; nothing
	// here can be changed by one.
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: s.guard.cookie, Path: "/", MaxAge: int(sessionMost / time.Second),
		HttpOnly: true, Secure: r.TLS != nil, SameSite: http.SameSiteLaxMode})
	http.Redirect(w, r, local(r.URL.Query().Get("to")), http.StatusSeeOther)
}

// local is a path of this server, whatever was asked for.
func local(to string) string {
	if !strings.HasPrefix(to, "/") || strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") || strings.HasPrefix(to, loginPath) {
		return "/"
	}
	return to
}
