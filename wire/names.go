package wire

// names are the texts of e.
var names = [...]string{
	Unknown:             "",
	AccountUpdate:       "ACCOUNT_UPDATE",
	OrderTradeUpdate:    "ORDER_TRADE_UPDATE",
	MarginCall:          "MARGIN_CALL",
	AccountConfigUpdate: "ACCOUNT_CONFIG_UPDATE",
	ListenKeyExpired:    "listenKeyExpired",
	StrategyUpdate:      "STRATEGY_UPDATE",
	GridUpdate:          "GRID_UPDATE",
	AlgoUpdate:          "ALGO_UPDATE",
}

// String returns the message's name as in e, or "" for Unknown.
func (t Type) String() string {
	if int(t) < len(names) {
		return names[t]
	}
	return ""
}

// typeOf returns the type of a message's name.
func typeOf(name []byte) Type {
	for t := AccountUpdate; int(t) < len(names); t++ {
		if string(name) == names[t] {
			return t
		}
	}
	return Unknown
}
