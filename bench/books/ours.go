package books

import "poise/venue/engine"

type ours struct{ engine.Matcher }

func newOurs(int64, int64) Book { return &ours{} }

func (o *ours) Limit(dst []Match, id int64, sell bool, price, quantity int64) []Match {
	dst, _ = o.Matcher.Limit(dst, id, sell, price, quantity) // ids are new, prices and quantities positive
	return dst
}
