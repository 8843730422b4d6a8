package gateway

import (
	"fmt"
	"net/http"
	"strconv"
)

// window counts in whole intervals of the clock.
type window struct{ since, count int64 }

func (w *window) add(now, interval, n int64) int64 {
	if since := now - now%interval; since != w.since {
		w.since, w.count = since, 0
	}
	w.count += n
	return w.count
}

// addrUse is what one address has used.
type addrUse struct {
	weight window
	over   int   // calls beyond the limit, in this window
	banned int64 // until, ms
	bans   int64
}

// Of an address that goes on beyond its limit: after how many calls it is banned
// and for how long at first (INFERRED; documented is 2 minutes to 3 days).
const (
	patience         = 50
	maxAddrs         = 10_000
	firstBan   int64 = 2 * 60_000
	longestBan int64 = 3 * 24 * 3600_000
)

func (g *Gateway) useOf(host string) *addrUse {
	a := g.addrs[host]
	if a == nil {
		if len(g.addrs) >= maxAddrs {
			clear(g.addrs) // forgets, rather than grow without end
		}
		a = &addrUse{}
		g.addrs[host] = a
	}
	return a
}

// spend counts a call's weight for an address: 429, then 418.
func (g *Gateway) spend(host string, weight int64) (used int64, err error) {
	a, now, most := g.useOf(host), g.now(), int64(g.config.WeightPerMinute)
	if most > 0 && now < a.banned {
		return a.weight.count, &refusal{status: http.StatusTeapot, code: -1003, retryAfter: (a.banned - now + 999) / 1000,
			msg: fmt.Sprintf("Way too many requests; IP(%s) banned until %d. Please use the websocket for live updates to avoid bans.", host, a.banned)}
	}
	before := a.weight.count
	if used = a.weight.add(now, 60_000, weight); used < before {
		a.over = 0
	}
	if most < 0 || used <= most {
		return used, nil
	}
	if a.over++; a.over > patience {
		a.over = 0
		g.ban(host, now+min(longestBan, firstBan<<min(a.bans, 11)), a.bans+1)
		return g.spend(host, 0)
	}
	return used, &refusal{status: http.StatusTooManyRequests, code: -1003, retryAfter: (60_000 - now%60_000 + 999) / 1000,
		msg: fmt.Sprintf("Too many requests; current limit of IP(%s) is %d requests per minute. Please use the websocket for live updates to avoid polling the API.", host, most)}
}

// ban bans an address until a moment, for the n-th time.
func (g *Gateway) ban(host string, until, n int64) {
	g.note(kindBan, func(r *coder) { r.ban(&host, &addrUse{banned: until, bans: n}) })
	a := g.useOf(host)
	a.banned, a.bans = until, n
}

// countOrders counts orders of an account: -1015 beyond the limits.
func (g *Gateway) countOrders(c *client, n int64) error {
	g.note(kindOrders, func(r *coder) {
		r.name(&c.alias)
		r.int(&n)
	})
	now := g.now()
	second, minute := c.orders10s.add(now, 10_000, n), c.orders1m.add(now, 60_000, n)
	if most := int64(g.config.OrdersPer10Seconds); most > 0 && second > most {
		return tooManyOrders(most, "10 SECOND", 10_000-now%10_000)
	}
	if most := int64(g.config.OrdersPerMinute); most > 0 && minute > most {
		return tooManyOrders(most, "1 MINUTE", 60_000-now%60_000)
	}
	return nil
}

func tooManyOrders(most int64, interval string, left int64) error {
	return &refusal{status: http.StatusTooManyRequests, code: -1015, retryAfter: (left + 999) / 1000,
		msg: fmt.Sprintf("Too many new orders; current limit is %d orders per %s.", most, interval)}
}

// usage is what the headers of an answer tell.
type usage struct {
	weight            int64 // -1 on order calls, as recorded
	orders10s, orders int64
	hasOrders         bool
}

func (u usage) header(h http.Header) {
	h["X-MBX-USED-WEIGHT-1M"] = []string{strconv.FormatInt(u.weight, 10)}
	if u.hasOrders {
		h["X-MBX-ORDER-COUNT-10S"] = []string{strconv.FormatInt(u.orders10s, 10)}
		h["X-MBX-ORDER-COUNT-1M"] = []string{strconv.FormatInt(u.orders, 10)}
	}
}
