package serve

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// A list in an answer is never null, which the document says for all of them.
func init() { huma.DefaultArrayNullable = false }

const accountPath = "/v1/accounts/{name}"

// api adds the routes of the API, and the document that describes them, which is
// made of the same types that answer.
func (s *Server) api() {
	c := huma.DefaultConfig("poise", s.config.Version)
	c.Info.Description = "What Binance COIN-M futures accounts hold, and why. Decimals are strings, times Unix milliseconds. Nothing can be changed here."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.CreateHooks = nil // answers hold what the contract names and no $schema
	c.DocsPath, c.SchemasPath = "", ""
	c.AllowAdditionalPropertiesByDefault = true // more fields may come beside those of now
	c.RejectUnknownQueryParameters = true       // a filter that is spelt wrong must not choose all
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{"token": {Type: "http", Scheme: "bearer"}}
	c.Security = []map[string][]string{{"token": {}}, {}}
	api := humago.New(s.mux, c)
	get(api, "/v1/accounts", "accounts", "Every account: how it is followed and what is wrong", s.getAccounts)
	get(api, accountPath, "account", "What an account holds, now or as it stood at a time", s.getAccount)
	get(api, accountPath+"/entries", "entries", "Why each wallet moved, a page at a time", s.getEntries)
	get(api, accountPath+"/totals", "totals", "Sums of entries by day or month, asset and kind", s.getTotals)
	get(api, accountPath+"/incidents", "incidents", "What went wrong, since when, and how it ended", s.getIncidents)
	s.apiChanges(api)
}

func get[I, O any](api huma.API, path, id, summary string, f func(context.Context, *I) (*O, error)) {
	o := huma.Operation{OperationID: id, Method: http.MethodGet, Path: path, Summary: summary,
		Errors: []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusUnprocessableEntity, http.StatusTooManyRequests, http.StatusServiceUnavailable}}
	huma.Register(api, o, f)
}

// answer is a body of JSON.
type answer[T any] struct{ Body T }

// inside is an error that is not the client's.
func (s *Server) inside(err error) error {
	if errors.Is(err, context.Canceled) {
		return huma.Error503ServiceUnavailable("the request ended")
	}
	s.log.Error("a request failed", "error", err)
	return huma.Error500InternalServerError("the store could not be read; the log says why")
}

func noAccount(name string) error {
	return typed(http.StatusNotFound, noSuchAccount, "there is no account "+name+"; /v1/accounts lists them")
}
