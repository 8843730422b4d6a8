package demo

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"poise/venue/gateway"
)

// client makes one account's signed calls, as any bot of the exchange does.
type client struct {
	base string
	gateway.Credentials
	http *http.Client
	now  func() time.Time
}

// refusal is the exchange's no.
type refusal struct {
	Code int    `json:"code"`
	Msg  string `json:"msg"`
}

// Error returns the exchange's own words.
func (r *refusal) Error() string { return fmt.Sprintf("%d: %s", r.Code, r.Msg) }

// maxAnswer bounds an answer.
const maxAnswer = 4 << 20

// call sends a signed call and decodes its answer, unless into is nil. No error
// holds the address, which has the signature in it.
func (c *client) call(ctx context.Context, method, path string, params url.Values, into any) error {
	if params == nil {
		params = url.Values{}
	}
	params.Set("timestamp", strconv.FormatInt(c.now().UnixMilli(), 10))
	query := params.Encode()
	m := hmac.New(sha256.New, []byte(c.APISecret))
	m.Write([]byte(query))
	req, err := http.NewRequestWithContext(ctx, method, c.base+path+"?"+query+"&signature="+hex.EncodeToString(m.Sum(nil)), nil)
	if err != nil {
		return fmt.Errorf("%s %s: no request", method, path)
	}
	req.Header.Set("X-MBX-APIKEY", c.APIKey)
	res, err := c.http.Do(req)
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	if res.StatusCode != http.StatusOK {
		no := &refusal{Msg: res.Status}
		_ = json.Unmarshal(body, no) // a body that is no JSON leaves the status
		return fmt.Errorf("%s %s: %w", method, path, no)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(body, into)
}
