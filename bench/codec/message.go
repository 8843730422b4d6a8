package codec

//go:generate go run github.com/mailru/easyjson/easyjson -all -no_std_marshalers message.go

// Message is ACCOUNT_UPDATE as the peers decode it: every figure a string, since
// none of them has exact decimals. The keys stand in the documentation's order,
// so that encoders that follow the struct write the source's bytes again.
type Message struct {
	Event       string `json:"e"`
	Time        int64  `json:"E"`
	Transaction int64  `json:"T"`
	Alias       string `json:"i"`
	Account     Body   `json:"a"`
}

// Body is what an ACCOUNT_UPDATE carries.
type Body struct {
	Reason    string     `json:"m"`
	Balances  []Balance  `json:"B"`
	Positions []Position `json:"P"`
}

// Balance is one asset's wallet.
type Balance struct {
	Asset  string `json:"a"`
	Wallet string `json:"wb"`
	Cross  string `json:"cw"`
	Change string `json:"bc"`
}

// Position is one symbol's position on one side.
type Position struct {
	Symbol         string `json:"s"`
	Amount         string `json:"pa"`
	EntryPrice     string `json:"ep"`
	BreakEven      string `json:"bep"`
	Realized       string `json:"cr"`
	Unrealized     string `json:"up"`
	MarginType     string `json:"mt"`
	IsolatedWallet string `json:"iw"`
	Side           string `json:"ps"`
}

// pointing is Message for easyjson's nocopy: its strings point into the message
// and die with it. Another type, since the tag changes the generated code.
type pointing struct {
	Event       string       `json:"e,nocopy"`
	Time        int64        `json:"E"`
	Transaction int64        `json:"T"`
	Alias       string       `json:"i,nocopy"`
	Account     pointingBody `json:"a"`
}

type pointingBody struct {
	Reason    string             `json:"m,nocopy"`
	Balances  []pointingBalance  `json:"B"`
	Positions []pointingPosition `json:"P"`
}

type pointingBalance struct {
	Asset  string `json:"a,nocopy"`
	Wallet string `json:"wb,nocopy"`
	Cross  string `json:"cw,nocopy"`
	Change string `json:"bc,nocopy"`
}

type pointingPosition struct {
	Symbol         string `json:"s,nocopy"`
	Amount         string `json:"pa,nocopy"`
	EntryPrice     string `json:"ep,nocopy"`
	BreakEven      string `json:"bep,nocopy"`
	Realized       string `json:"cr,nocopy"`
	Unrealized     string `json:"up,nocopy"`
	MarginType     string `json:"mt,nocopy"`
	IsolatedWallet string `json:"iw,nocopy"`
	Side           string `json:"ps,nocopy"`
}
