package serve

import (
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// The types of problems that a program may want to tell from others of the same
// status. They stay; docs/api.md lists them. Any other problem is what its
// status says.
const (
	problemTypes    = "urn:poise:problem:"
	noSuchAccount   = problemTypes + "no-such-account"
	historyOnly     = problemTypes + "history-only"
	otherStore      = problemTypes + "other-store"
	notYet          = problemTypes + "in-the-future"
	tooManyTries    = problemTypes + "too-many-wrong-tokens"
	tooManyRequests = problemTypes + "too-many-requests"
	tooManyClients  = problemTypes + "too-many-clients"
	nothingFollowed = problemTypes + "nothing-followed"
	ledgerBehind    = problemTypes + "ledger-behind"
	ledgerSilent    = problemTypes + "ledger-silent"
)

// problem is an error as RFC 9457 has it; those of the API's own routes look the
// same.
type problem struct {
	Type   string `json:"type,omitempty"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
}

func (p *problem) write(w http.ResponseWriter, r *http.Request) {
	p.Title = http.StatusText(p.Status)
	if isPage(r) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(p.Status)
		_, _ = w.Write([]byte(p.Title + ": " + p.Detail + "\n")) // the browser has gone
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client has gone
}

// typed is a problem of the API's own routes, of one of the types.
func typed(status int, kind, detail string) error {
	return &huma.ErrorModel{Type: kind, Status: status, Title: http.StatusText(status), Detail: detail}
}
