package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// security is what a call has to prove.
type security uint8

const (
	public    security = iota
	keyed              // the API key, with no signature; one that comes is not looked at
	signature          // key, timestamp and signature
)

// route is one call of the REST API.
type route struct {
	method, path string
	security     security
	weight       int64
	weigh        func(*params) int64 // instead of weight
	order        bool                // counts orders, and shows their counts
	serve        func(*call) (any, error)
}

// call is a request while it is served, by the loop.
type call struct {
	*params
	g      *Gateway
	client *client
	stale  int64 // ms that account data is old
}

var success = struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}{200, "success"}

var routes = routesByPath(marketRoutes, accountRoutes, orderRoutes, algoRoutes)

func routesByPath(tables ...[]route) map[string]*route {
	all := map[string]*route{}
	for _, t := range tables {
		for i := range t {
			all[t[i].method+" "+t[i].path] = &t[i]
		}
	}
	return all
}

// Exchange returns the exchange's face: /dapi, /ws, /stream and /ws-dapi/v1.
func (g *Gateway) Exchange() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer g.guard(w)
		switch {
		case r.URL.Path == "/ws-dapi/v1":
			g.serveAPI(w, r)
		case r.URL.Path == "/ws" || r.URL.Path == "/stream" || strings.HasPrefix(r.URL.Path, "/ws/") || strings.HasPrefix(r.URL.Path, "/stream/"):
			g.serveStreams(w, r)
		default:
			g.serveREST(w, r)
		}
	})
}

// guard answers -1000 for a panic of a handler.
func (g *Gateway) guard(w http.ResponseWriter) {
	if p := recover(); p != nil {
		g.config.Log.Error("panic", "what", p)
		writeRefusal(w, refusalOf(ErrClosed))
	}
}

func (g *Gateway) serveREST(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		writeRefusal(w, &refusal{status: http.StatusRequestEntityTooLarge, code: -1000, msg: "Request body is too large."})
		return
	}
	rt := routes[r.Method+" "+r.URL.Path]
	if rt == nil {
		writeRefusal(w, &refusal{status: http.StatusNotFound, code: -5000, msg: "Path " + clean(r.URL.Path) + ", Method " + clean(r.Method) + " is invalid"})
		return
	}
	var a answer
	err = g.do(r.Context(), func() { a = g.answer(rt, r, string(body)) })
	if err != nil {
		writeRefusal(w, refusalOf(err))
		return
	}
	if a.slow > 0 {
		select {
		case <-time.After(a.slow):
		case <-r.Context().Done():
		case <-g.quit:
		}
	}
	a.write(w)
}

// answer is what a call comes to.
type answer struct {
	usage   usage
	body    []byte
	refusal *refusal
	slow    time.Duration
}

func (a *answer) write(w http.ResponseWriter) {
	a.usage.header(w.Header())
	if a.refusal != nil {
		writeRefusal(w, a.refusal)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(a.body) // the client may be gone
}

func writeRefusal(w http.ResponseWriter, r *refusal) {
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatInt(r.retryAfter, 10))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(r.status)
	b, _ := r.MarshalJSON() // a number and a text: cannot fail
	w.Write(b)
}

// answer serves a call. It runs in the loop.
func (g *Gateway) answer(rt *route, r *http.Request, body string) (a answer) {
	value, err := g.serve(rt, r, body, &a)
	if err == nil {
		a.body, err = encode(value)
	}
	if err != nil {
		a.refusal = refusalOf(err)
	}
	return a
}

func (g *Gateway) serve(rt *route, r *http.Request, body string, a *answer) (any, error) {
	p, err := parseForm(r.URL.RawQuery, body)
	if err != nil {
		a.usage.weight, _ = g.spend(hostOf(r.RemoteAddr), 1)
		return nil, err
	}
	weight := rt.weight
	if rt.weigh != nil {
		weight = rt.weigh(p)
	}
	if a.usage.weight, err = g.spend(hostOf(r.RemoteAddr), weight); err != nil {
		return nil, err
	}
	c, err := g.identify(rt, r, p, body)
	if err != nil {
		return nil, err
	}
	k := &call{params: p, g: g, client: c}
	if c != nil {
		met := g.meet(c)
		a.slow, k.stale = met.slow, met.stale.Milliseconds()
		if met.refusal != nil {
			return nil, met.refusal
		}
	}
	if rt.order {
		defer func() {
			now := g.now()
			a.usage.weight, a.usage.hasOrders = -1, true
			a.usage.orders10s, a.usage.orders = c.orders10s.add(now, 10_000, 0), c.orders1m.add(now, 60_000, 0)
		}()
	}
	p.err = nil
	return rt.serve(k)
}

// identify finds whose call it is: nobody's for a public one.
func (g *Gateway) identify(rt *route, r *http.Request, p *params, body string) (*client, error) {
	if rt.security == public {
		return nil, nil
	}
	name := r.Header.Get("X-MBX-APIKEY")
	if name == "" {
		return nil, refuse(-2014)
	}
	c := g.byKey[name]
	if c == nil {
		return nil, refuse(-2015)
	}
	if rt.security == signature {
		payload, sig := payloadOf(r.URL.RawQuery, body)
		return c, g.signed(c, p, payload, sig)
	}
	return c, nil
}

// encode writes JSON as the exchange does: compact, < and > as they are.
func encode(v any) ([]byte, error) {
	if raw, ok := v.(json.RawMessage); ok {
		return raw, nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
