package gateway

type change struct {
	Before string `json:"before"`
	After  string `json:"after"`
}

type amendmentChange struct {
	Price    change `json:"price"`
	Quantity change `json:"origQty"`
	Count    int    `json:"count"`
}

type amendmentRow struct {
	ID            int64           `json:"amendmentId"`
	Symbol        string          `json:"symbol"`
	Pair          string          `json:"pair"`
	OrderID       int64           `json:"orderId"`
	ClientOrderID string          `json:"clientOrderId"`
	Time          int64           `json:"time"`
	Amendment     amendmentChange `json:"amendment"`
}

// getAmendments tells how an order was modified, newest first; prices are without
// zeros at their end, as in the documentation's sample.
func getAmendments(c *call) (any, error) {
	symbol, limit := c.must("symbol"), c.limit(50, 100)
	from, to := c.span()
	id, name := c.orderName()
	if c.err != nil {
		return nil, c.err
	}
	all, err := c.g.engine.Amendments(c.client.alias, symbol, id, name)
	rows := []amendmentRow{}
	for _, m := range all {
		if m.Time < from || m.Time > to || len(rows) == limit {
			continue
		}
		rows = append(rows, amendmentRow{m.ID, m.Symbol, m.Pair, m.OrderID, m.ClientOrderID, m.Time, amendmentChange{
			change{m.PriceBefore.Trim().String(), m.Price.Trim().String()},
			change{whole(m.QuantityBefore), whole(m.Quantity)}, m.Count}})
	}
	return rows, err
}
