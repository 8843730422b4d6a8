package dapi

import "testing"

// The vectors of the exchange's documentation that reproduce: its example 3, with
// the space that stands in it, and what its examples 1 and 2 really come to.
func TestSignaturesOfTheDocumentation(t *testing.T) {
	k, err := HMAC("vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zvsw0MuIgwCIPy6utIco14y7Ju91duEh8A", "2b5eb11e18796d12d88f13dc27dbbd02c2cc51ff7059765ed9821957d82bb4d9")
	if err != nil {
		t.Fatal(err)
	}
	for payload, want := range map[string]string{
		"symbol=BTCUSD_200925&side=BUY&type=LIMIT&timeInForce=GTCquantity=1&price=9000&recvWindow=5000&timestamp= 1591702613943": "f3129e7c72c7727037891ad8a86b76a7dc514ba125a536775c8ba403b2d1b222",
		"symbol=BTCUSD_200925&side=BUY&type=LIMIT&quantity=1&price=9000&timeInForce=GTC&recvWindow=5000&timestamp=1591702613943": "04c8b9fbd55285a38fd6a3fc40ba3a7d114f22564dab61611bf24f2d2efb890f",
	} {
		if got, err := k.sign(payload); got != want || err != nil {
			t.Errorf("%s: %s, %v; want %s", payload, got, err, want)
		}
	}
}
