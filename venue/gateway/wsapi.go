package gateway

import (
	"context"
	"crypto/ed25519"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
)

// session is what a socket of /ws-dapi/v1 has logged on as.
type session struct {
	client *client
	since  int64 // of the logon, ms
}

// serveAPI takes a socket of the WebSocket API. The handshake weighs 5.
func (g *Gateway) serveAPI(w http.ResponseWriter, r *http.Request) {
	var refused error
	err := g.do(r.Context(), func() { _, refused = g.spend(hostOf(r.RemoteAddr), 5) })
	if err != nil || refused != nil {
		if err == nil {
			err = refused
		}
		writeRefusal(w, refusalOf(err))
		return
	}
	g.accept(w, r, func(l *line) {
		l.api = &session{}
		g.join(l, nil)
	})
}

type apiRequest struct {
	ID     json.RawMessage            `json:"id"`
	Method string                     `json:"method"`
	Params map[string]json.RawMessage `json:"params"`
}

type apiAnswer struct {
	ID     json.RawMessage `json:"id"`
	Status int             `json:"status"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *refusal        `json:"error,omitempty"`
	Limits []apiLimit      `json:"rateLimits,omitempty"`
}

type apiLimit struct {
	Type     string `json:"rateLimitType"`
	Interval string `json:"interval"`
	Num      int    `json:"intervalNum"`
	Limit    int64  `json:"limit"`
	Count    int64  `json:"count"`
}

// apiMethod is a call of the WebSocket API, mostly one of REST by another name.
type apiMethod struct {
	security security
	weight   int64
	order    bool
	serve    func(*call, *line) (any, error)
}

var apiMethods = map[string]apiMethod{
	"ping":                 {public, 1, false, rest(func(*call) (any, error) { return struct{}{}, nil })},
	"time":                 {public, 1, false, rest(getTime)},
	"userDataStream.start": {keyed, 1, false, rest(postListenKey)},
	"userDataStream.ping":  {keyed, 1, false, rest(putListenKey)},
	"userDataStream.stop":  {keyed, 1, false, rest(deleteListenKey)},
	"account.balance":      {signature, 5, false, rest(getBalance)},
	"account.status":       {signature, 5, false, rest(getAccount)},
	"account.position":     {signature, 5, false, rest(getPositionRisk)},
	"order.place":          {signature, 0, true, rest(postOrder)},
	"order.modify":         {signature, 1, true, rest(putOrder)},
	"order.cancel":         {signature, 1, false, rest(deleteOrder)},
	"order.status":         {signature, 1, false, rest(getOrder)},
	"algoOrder.place":      {signature, 0, true, rest(postAlgo)},
	"algoOrder.cancel":     {signature, 1, false, rest(deleteAlgo)},
	"session.logon":        {signature, 2, false, logon},
	"session.status":       {public, 2, false, func(c *call, l *line) (any, error) { return c.g.sessionOf(l), nil }},
	"session.logout":       {public, 2, false, logout},
}

func rest(serve func(*call) (any, error)) func(*call, *line) (any, error) {
	return func(c *call, _ *line) (any, error) { return serve(c) }
}

// apiMessage answers one request of a socket.
func (g *Gateway) apiMessage(l *line, payload []byte) error {
	var q apiRequest
	a := apiAnswer{ID: json.RawMessage("null"), Status: http.StatusBadRequest, Error: &refusal{code: -1000, msg: "Invalid JSON request."}}
	if err := json.Unmarshal(payload, &q); err == nil {
		if q.ID != nil && (q.ID[0] == '"' || q.ID[0] == '-' || q.ID[0] >= '0' && q.ID[0] <= '9' || q.ID[0] == 'n') && len(q.ID) <= 64 {
			a.ID = q.ID
		}
		if err := g.do(context.Background(), func() { g.apiCall(l, &q, &a) }); err != nil {
			a.refuse(refusalOf(err))
		}
	}
	b, err := encode(a)
	if err != nil {
		return err
	}
	l.write(textFrame(b))
	return nil
}

func (a *apiAnswer) refuse(r *refusal) { a.Status, a.Result, a.Error = r.status, nil, r }

// apiCall runs in the loop.
func (g *Gateway) apiCall(l *line, q *apiRequest, a *apiAnswer) {
	m, ok := apiMethods[q.Method]
	if !ok {
		a.refuse(&refusal{status: http.StatusBadRequest, code: -1128, msg: "Unsupported method: " + clean(q.Method)})
		return
	}
	p, err := apiParams(q.Params)
	if err == nil {
		a.Limits, err = g.apiSpend(l, m, nil)
	}
	if err != nil {
		a.refuse(refusalOf(err))
		return
	}
	c, err := g.apiClient(l, m, p)
	if err == nil {
		var v any
		p.err = nil
		if v, err = g.apiServe(&call{params: p, g: g, client: c}, l, m); err == nil {
			a.Result, err = encode(v)
		}
	}
	if c != nil {
		a.Limits, _ = g.apiSpend(l, apiMethod{order: m.order}, c)
	}
	if a.Status, a.Error = http.StatusOK, nil; err != nil {
		a.refuse(refusalOf(err))
	}
	if a.Error != nil && a.Error.code == -2015 {
		a.ID = json.RawMessage("null") // recorded
	}
}

func (g *Gateway) apiServe(k *call, l *line, m apiMethod) (any, error) {
	if k.client != nil {
		met := g.meet(k.client)
		if k.stale = met.stale.Milliseconds(); met.refusal != nil {
			return nil, met.refusal
		}
	}
	return m.serve(k, l)
}

// apiSpend counts a call and tells the limits: on orders, as recorded, weight is
// -1 and the orders of a minute are told.
func (g *Gateway) apiSpend(l *line, m apiMethod, c *client) ([]apiLimit, error) {
	used, err := g.spend(l.host, m.weight)
	weight := apiLimit{"REQUEST_WEIGHT", "MINUTE", 1, int64(g.config.WeightPerMinute), used}
	if !m.order || c == nil {
		return []apiLimit{weight}, err
	}
	weight.Limit, weight.Count = -1, -1
	return []apiLimit{weight, {"ORDERS", "MINUTE", 1, int64(g.config.OrdersPerMinute), c.orders1m.add(g.now(), 60_000, 0)}}, err
}

// apiParams reads parameters by name, in the order that they are signed in.
func apiParams(fields map[string]json.RawMessage) (*params, error) {
	if len(fields) > mostParams {
		return nil, refuse(-1101)
	}
	p := &params{values: map[string]string{}}
	for name, v := range fields {
		if len(v) > 0 && (v[0] == '{' || v[0] == '[') {
			return nil, refuse(-1100, clean(name))
		}
		p.set(name, plain(v))
	}
	slices.Sort(p.names)
	return p, nil
}

// apiClient finds whose call it is, by key and signature or by the session.
func (g *Gateway) apiClient(l *line, m apiMethod, p *params) (*client, error) {
	if m.security == public {
		return nil, nil
	}
	name := p.text("apiKey")
	if name == "" && l.api.client != nil {
		if m.security == signature {
			return l.api.client, g.timely(p)
		}
		return l.api.client, nil
	}
	if name == "" {
		return nil, refuse(-1102, "apiKey")
	}
	c := g.byKey[name]
	if c == nil {
		return nil, refuse(-2015)
	}
	if m.security != signature {
		return c, nil
	}
	return c, g.signed(c, p, apiPayload(p.names, p.values), p.text("signature"))
}

type sessionAnswer struct {
	APIKey    *string `json:"apiKey"`
	Since     *int64  `json:"authorizedSince"`
	Connected int64   `json:"connectedSince"`
	Limits    bool    `json:"returnRateLimits"`
	Time      int64   `json:"serverTime"`
}

func (g *Gateway) sessionOf(l *line) sessionAnswer {
	a := sessionAnswer{Connected: l.opened, Limits: true, Time: g.now()}
	if l.api.client != nil {
		a.APIKey, a.Since = &l.api.client.apiKey, &l.api.since
	}
	return a
}

// logon asks for an Ed25519 key, as documented.
func logon(c *call, l *line) (any, error) {
	if _, ok := c.client.public.(ed25519.PublicKey); !ok {
		return nil, &refusal{status: http.StatusBadRequest, code: -4056, msg: fmt.Sprintf("%s is not supported: only Ed25519 keys log on.", keyName(c.client))}
	}
	l.api.client, l.api.since = c.client, c.g.now()
	return c.g.sessionOf(l), nil
}

func keyName(c *client) string {
	if c.public == nil {
		return "HMAC_SHA256 API-key"
	}
	return "RSA API-key"
}

func logout(c *call, l *line) (any, error) {
	l.api.client, l.api.since = nil, 0
	return c.g.sessionOf(l), nil
}
