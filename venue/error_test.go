package venue_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"crypto"

	"poise/venue"
	"poise/venue/gateway"
)

func TestSignaturesAndTimes(t *testing.T) {
	v := venue.New(t)
	a := v.NewAccount("", "BTC", "1")
	now := v.Now().UnixMilli()
	get := func(key, query string) answer { return send(t, "GET", v.URL()+"/dapi/v1/balance?"+query, key, "") }
	signed := func(query string) string { return query + "&signature=" + sign(a.APISecret, query) }
	fresh := fmt.Sprintf("timestamp=%d", now)
	for _, c := range []struct {
		name, key, query, want string
		status                 int
	}{
		{"signed", a.APIKey, signed(fresh), "accountAlias", 200},
		{"upper case", a.APIKey, fresh + "&signature=" + strings.ToUpper(sign(a.APISecret, fresh)), "accountAlias", 200},
		{"wide window", a.APIKey, signed(fmt.Sprintf("recvWindow=60000&timestamp=%d", now-50_000)), "accountAlias", 200},
		{"no key", "", signed(fresh), "-2014", 401},
		{"wrong key", "abc", signed(fresh), "-2015", 401},
		{"no timestamp", a.APIKey, "signature=00", `{"code":-1102,"msg":"Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."}`, 400},
		{"text timestamp", a.APIKey, signed("timestamp=now"), "-1102", 400},
		{"no signature", a.APIKey, fresh, "'signature'", 400},
		{"wrong signature", a.APIKey, fresh + "&signature=" + sign("x", fresh), `{"code":-1022,"msg":"Signature for this request is not valid."}`, 400},
		{"signature not last", a.APIKey, "signature=" + sign(a.APISecret, fresh) + "&" + fresh, "-1022", 400},
		{"late", a.APIKey, signed(fmt.Sprintf("timestamp=%d", now-10_000)), `{"code":-1021,"msg":"Timestamp for this request is outside of the recvWindow."}`, 400},
		{"ahead", a.APIKey, signed(fmt.Sprintf("timestamp=%d", now+5_000)), "-1021", 400},
		{"window too wide", a.APIKey, signed(fresh + "&recvWindow=60001"), "-1131", 400},
		{"twice", a.APIKey, signed(fresh + "&" + fresh), "-1101", 400},
		{"bad escape", a.APIKey, signed(fresh + "&a=%zz"), "-1100", 400},
		{"huge timestamp", a.APIKey, signed("timestamp=99999999999999999999999"), "-1102", 400},
	} {
		if got := get(c.key, c.query); got.status != c.status || !strings.Contains(got.body, c.want) {
			t.Errorf("%s: %d %s", c.name, got.status, got.body)
		}
	}
}

// Query and body are signed one behind the other, with nothing between
// (documented example 3).
func TestQueryAndBodyAreSignedTogether(t *testing.T) {
	v := venue.New(t)
	a := v.NewAccount("", "BTC", "1")
	query, body := "symbol=BTCUSD_PERP&side=BUY&type=LIMIT&timeInForce=GTC", fmt.Sprintf("quantity=1&price=59000&timestamp=%d", v.Now().UnixMilli())
	s := "&signature=" + sign(a.APISecret, query+body)
	for _, way := range [][2]string{{query, body + s}, {query + s, body}} {
		if got := send(t, "POST", v.URL()+"/dapi/v1/order?"+way[0], a.APIKey, way[1]); got.status != 200 {
			t.Error(got)
		}
	}
	if got := send(t, "POST", v.URL()+"/dapi/v1/order?"+query, a.APIKey, body+"&signature="+sign(a.APISecret, query+"&"+body)); !strings.Contains(got.body, "-1022") {
		t.Error(got)
	}
}

func publicPEM(t *testing.T, key crypto.PublicKey) string {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

func TestRSAAndEd25519Keys(t *testing.T) {
	v := venue.New(t)
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	edPublic, edKey, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	query := fmt.Sprintf("timestamp=%d", v.Now().UnixMilli())
	sum := sha256.Sum256([]byte(query))
	rsaSignature, err := rsa.SignPKCS1v15(rand.Reader, rsaKey, crypto.SHA256, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		public    crypto.PublicKey
		signature []byte
	}{"rsa": {&rsaKey.PublicKey, rsaSignature}, "ed25519": {edPublic, ed25519.Sign(edKey, []byte(query))}} {
		a := v.Open(gateway.NewAccount{PublicKey: publicPEM(t, c.public)})
		text := base64.StdEncoding.EncodeToString(c.signature)
		if got := send(t, "GET", v.URL()+"/dapi/v1/balance?"+query+"&signature="+url.QueryEscape(text), a.APIKey, ""); got.status != 200 {
			t.Errorf("%s: %v", name, got)
		}
		c.signature[3] ^= 1
		text = base64.StdEncoding.EncodeToString(c.signature)
		if got := send(t, "GET", v.URL()+"/dapi/v1/balance?"+query+"&signature="+url.QueryEscape(text), a.APIKey, ""); !strings.Contains(got.body, "-1022") {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRefusalsHaveTheDocumentedCodes(t *testing.T) {
	v := venue.New(t, venue.Unlimited())
	c := newTrader(t, v, "SgsR", "BTC", "0.1")
	v.Quote("BTCUSD_PERP", "60000", "100000")
	before := fmt.Sprint(v.Truth("SgsR"))
	for _, r := range []struct {
		method, path, params string
		code                 int
	}{
		{"POST", "/dapi/v1/order", "", -1102},
		{"POST", "/dapi/v1/order", "symbol=NONE&side=BUY&type=MARKET&quantity=1", -1121},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "HOLD", market(1)), -1117},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=ICEBERG&quantity=1"), -1116},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=LIMIT&quantity=1&price=60000"), -1102},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=LIMIT&timeInForce=XXX&quantity=1&price=60000"), -1115},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=LIMIT&timeInForce=GTC&quantity=1"), -1102},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=MARKET&quantity=abc"), -1102},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=MARKET&quantity=1e9"), -1102},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=MARKET&quantity=1.5"), -1111},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(30000)), -2019},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", limitAt("59000.05", 1)), -1111},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(1)+"&reduceOnly=maybe"), -1102},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(1)+"&reduceOnly=true"), -2022},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(1)+"&positionSide=LONG"), -4061},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", "type=STOP_MARKET&quantity=1&stopPrice=50000"), -2021},
		{"POST", "/dapi/v1/order", order("BTCUSD_PERP", "BUY", market(1)+"&newOrderRespType=FULL"), -1130},
		{"GET", "/dapi/v1/order", "symbol=BTCUSD_PERP&orderId=5", -2013},
		{"GET", "/dapi/v1/order", "symbol=BTCUSD_PERP", -1102},
		{"GET", "/dapi/v1/order", "symbol=BTCUSD_PERP&orderId=five", -1102},
		{"DELETE", "/dapi/v1/order", "symbol=BTCUSD_PERP&orderId=5", -2011},
		{"PUT", "/dapi/v1/order", "symbol=BTCUSD_PERP&side=BUY&orderId=5&price=1&quantity=1", -2013},
		{"POST", "/dapi/v1/batchOrders", "batchOrders=[]", -1130},
		{"POST", "/dapi/v1/batchOrders", "batchOrders=%7B", -1130},
		{"DELETE", "/dapi/v1/batchOrders", "symbol=BTCUSD_PERP&orderIdList=x", -1130},
		{"POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP&leverage=500", -4028},
		{"POST", "/dapi/v1/leverage", "symbol=BTCUSD_PERP", -1102},
		{"POST", "/dapi/v1/marginType", "symbol=BTCUSD_PERP&marginType=CROSSED", -4046},
		{"POST", "/dapi/v1/positionMargin", "symbol=BTCUSD_PERP&amount=1&type=3", -1130},
		{"POST", "/dapi/v1/positionMargin", "symbol=BTCUSD_PERP&amount=0.01&type=1", -4049},
		{"POST", "/dapi/v1/positionSide/dual", "dualSidePosition=false", -4059},
		{"GET", "/dapi/v1/openOrders", "symbol=NONE", -1121},
		{"GET", "/dapi/v1/allOrders", "", -1102},
		{"GET", "/dapi/v1/allOrders", "symbol=BTCUSD_PERP&pair=BTCUSD", -1128},
		{"GET", "/dapi/v1/userTrades", "symbol=BTCUSD_PERP&limit=-1", -1130},
		{"GET", "/dapi/v1/income", "startTime=5&endTime=4", -1130},
		{"GET", "/dapi/v1/positionRisk", "pair=BTCUSD&marginAsset=BTC", -1128},
		{"GET", "/dapi/v1/depth", "symbol=BTCUSD_PERP&limit=7", -4021},
		{"GET", "/dapi/v1/klines", "symbol=BTCUSD_PERP&interval=7m", -1120},
		{"GET", "/dapi/v1/commissionRate", "symbol=NONE", -1121},
		{"PUT", "/dapi/v1/listenKey", "", -1125},
	} {
		a := c.call(r.method, r.path, r.params)
		if a.status != 400 || !strings.HasPrefix(a.body, fmt.Sprintf(`{"code":%d,"msg":"`, r.code)) {
			t.Errorf("%s %s %s: %d %s, want %d", r.method, r.path, r.params, a.status, a.body, r.code)
		}
	}
	if after := fmt.Sprint(v.Truth("SgsR")); after != before {
		t.Errorf("refused calls have changed\n%s to\n%s", before, after)
	}
}

func TestUnknownPathsAndHugeBodies(t *testing.T) {
	v := venue.New(t)
	if a := send(t, "GET", v.URL()+"/dapi/v1/nothing", "", ""); a.status != 404 || a.body != `{"code":-5000,"msg":"Path /dapi/v1/nothing, Method GET is invalid"}` {
		t.Error(a)
	}
	if a := send(t, "PATCH", v.URL()+"/dapi/v1/order", "", ""); a.status != 404 {
		t.Error(a)
	}
	if a := send(t, "POST", v.URL()+"/dapi/v1/order", "", strings.Repeat("x", 2<<20)); a.status != 413 {
		t.Error(a.status)
	}
	if a := send(t, "GET", v.URL()+"/ws", "", ""); a.status != 400 {
		t.Error(a)
	}
	for _, path := range []string{"/ws/", "/ws?btcusd@depth"} {
		if a := send(t, "GET", v.URL()+path, "", ""); a.status != 404 {
			t.Error(path, a)
		}
	}
}

func TestListenKeys(t *testing.T) {
	v := venue.New(t)
	c := newTrader(t, v, "", "BTC", "1")
	first := c.listenKey()
	if len(first) != 64 || c.listenKey() != first {
		t.Errorf("%q, then another", first)
	}
	if a := send(t, "POST", v.URL()+"/dapi/v1/listenKey", "", ""); a.status != 401 {
		t.Error(a)
	}
	if a := send(t, "PUT", v.URL()+"/dapi/v1/listenKey", c.APIKey, ""); a.status != 200 || !strings.Contains(a.body, first) {
		t.Error(a)
	}
	if a := send(t, "PUT", v.URL()+"/dapi/v1/listenKey", c.APIKey, "listenKey=other"); !strings.Contains(a.body, `{"code":-1125,"msg":"This listenKey does not exist."}`) {
		t.Error(a)
	}
	if a := c.call("PUT", "/dapi/v1/listenKey", "listenKey="+first); a.status != 200 { // signed, as go-binance does
		t.Error(a)
	}
	if a := send(t, "DELETE", v.URL()+"/dapi/v1/listenKey", c.APIKey, ""); a.status != 200 || a.body != "{}" {
		t.Error(a)
	}
	if next := c.listenKey(); next == first {
		t.Error("a closed key came back")
	}
}
