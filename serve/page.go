package serve

import "net/http"

func (s *Server) loginForm(w http.ResponseWriter, r *http.Request, status int, wrong string) {
	w.WriteHeader(status)
}
