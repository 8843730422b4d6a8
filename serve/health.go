package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"poise/follower"
)

// probeMost is how long a probe waits for the ledger.
const probeMost = 2 * time.Second

type health struct {
	OK       bool           `json:"ok"`
	Detail   string         `json:"detail,omitempty"`
	Accounts map[string]int `json:"accounts,omitempty"`
}

// healthz tells whether the process does its work: whether the ledger answers.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, stop := context.WithTimeout(r.Context(), probeMost)
	defer stop()
	if _, err := s.config.Ledger.Cursor(ctx, 0); err != nil {
		s.log.Error("healthz: the ledger does not answer", "error", err)
		tell(w, http.StatusServiceUnavailable, health{Detail: "the ledger does not answer; the log says why"})
		return
	}
	tell(w, http.StatusOK, health{OK: true})
}

// readyz tells whether what is asked now is answered from whole states: each
// account of the configuration has had its first snapshot from this process, or
// its trouble is known and told beside the state of before. One account's failure
// is its own, and must not take the others out of service.
func (s *Server) readyz(w http.ResponseWriter, r *http.Request) {
	h := health{OK: true, Accounts: map[string]int{}}
	if f := s.config.Follower; f != nil {
		if n := f.Pending(); n > 0 { // before the views: what is in neither would be overlooked
			h.OK, h.Detail, h.Accounts[follower.Starting] = false, "accounts of the configuration are still to be opened", n
		}
	}
	for _, v := range s.views() {
		h.Accounts[v.Status]++
		if h.OK && v.Status == follower.Starting && len(v.Alerts) == 0 {
			h.OK, h.Detail = false, "accounts wait for their first snapshot"
		}
	}
	status := http.StatusOK
	if !h.OK {
		status = http.StatusServiceUnavailable
	}
	tell(w, status, h)
}

func tell(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the client has gone
}
