package serve

import (
	"poise/account"
	"poise/follower"
)

// alertCodes are what may be wrong beside incidents; each has a row, also when
// it is right, so that a rule's expression is never without a value.
var alertCodes = []string{"lines", "key", "rest", "behind", "silent", "margin"}

// Metric is one more value among the server's metrics: of what a server cannot
// know, like the room on its disk.
type Metric struct {
	Name, Kind, Help string // Kind is gauge or counter
	Value            string
}

// more writes the values that whoever made the server adds.
func (m *exposition) more(s *Server) {
	if s.config.More == nil {
		return
	}
	for _, one := range s.config.More() {
		m.one(one.Name, one.Kind, one.Help, one.Value)
	}
}

// risk writes what of one account somebody may have to be woken for.
func (m *exposition) risk(views []*follower.View) {
	m.amounts(views)
	m.margins(views)
}

func (m *exposition) alerts(views []*follower.View) {
	byCode := map[string]int{}
	for _, v := range views {
		for i := range v.Alerts {
			byCode[v.Alerts[i].Code]++
		}
	}
	m.head("poise_alerts_open", "gauge", "What is wrong now, beside incidents, over all accounts, by code.")
	for _, code := range alertCodes {
		m.row("poise_alerts_open", count(byCode[code]), "code", code)
	}
}

func (m *exposition) amounts(views []*follower.View) {
	m.head("poise_unexplained_amount", "gauge", "What nothing explains yet of a wallet's change, signed, in the asset.")
	for _, v := range views {
		for i := range v.Incidents {
			if in := &v.Incidents[i]; in.Kind == account.IncidentUnexplained {
				m.row("poise_unexplained_amount", in.Amount.String(), "account", v.Name, "asset", in.Asset)
			}
		}
	}
}

// margins writes how near each pool is to its liquidation: 1 liquidates. One in
// which nothing is left is worse than any number.
func (m *exposition) margins(views []*follower.View) {
	m.head("poise_margin_ratio", "gauge", "Maintenance margin to what stands behind it, now: 1 liquidates. symbol and side are of an isolated position, empty for cross.")
	row := func(v *follower.View, asset, symbol, side, ratio string, known bool) {
		if !known {
			ratio = "+Inf"
		}
		m.row("poise_margin_ratio", ratio, "account", v.Name, "asset", asset, "symbol", symbol, "side", side)
	}
	for _, v := range views {
		if v.Now == nil {
			continue
		}
		for i := range v.Now.Margins {
			c := &v.Now.Margins[i]
			row(v, c.Asset, "", "", c.Ratio.String(), c.HasRatio)
		}
		for i := range v.Now.Positions {
			if p := &v.Now.Positions[i]; p.Isolated && (p.HasRatio || !p.Partial) {
				row(v, "", p.Symbol, p.Side, p.Ratio.String(), p.HasRatio)
			}
		}
	}
}
