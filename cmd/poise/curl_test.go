package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// curlMain is as much of curl as the pages need, where there is none.
func curlMain() { os.Exit(curl(os.Args[1:], os.Stdout, os.Stderr)) }

func curl(args []string, out, errs io.Writer) int {
	r, most, quiet, err := curlRequest(args)
	if err != nil {
		fmt.Fprintln(errs, "curl:", err)
		return 2
	}
	ctx, stop := context.WithTimeout(context.Background(), most)
	defer stop()
	answer, err := http.DefaultClient.Do(r.WithContext(ctx))
	if err != nil {
		if !quiet {
			fmt.Fprintln(errs, "curl:", err)
		}
		return 7
	}
	defer answer.Body.Close()
	if _, err := io.Copy(out, answer.Body); err != nil {
		return 28
	}
	return 0
}

func curlRequest(args []string) (r *http.Request, most time.Duration, quiet bool, err error) {
	method, body, address, most := "", "", "", time.Minute
	header := http.Header{}
	for i := 0; i < len(args); i++ {
		value := func() string {
			if i++; i < len(args) {
				return args[i]
			}
			err = fmt.Errorf("%s needs a value", args[i-1])
			return ""
		}
		switch a := args[i]; {
		case slices.Contains([]string{"-s", "-N", "-sN"}, a):
			quiet = quiet || strings.Contains(a, "s")
		case a == "-X":
			method = value()
		case strings.HasPrefix(a, "-X"):
			method = a[2:]
		case a == "-d":
			body = value()
		case a == "-H":
			name, v, _ := strings.Cut(value(), ":")
			header.Set(name, strings.TrimSpace(v))
		case a == "-m":
			if most, err = time.ParseDuration(value() + "s"); err != nil {
				return nil, 0, quiet, err
			}
		case strings.HasPrefix(a, "-"):
			return nil, 0, quiet, fmt.Errorf("the curl of the tests has no %s", a)
		default:
			address = a
		}
	}
	if err != nil {
		return nil, 0, quiet, err
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	if method == "" && body != "" {
		method = "POST"
	}
	r, err = http.NewRequest(method, address, strings.NewReader(body))
	if err == nil {
		r.Header = header
	}
	return r, most, quiet, err
}

func TestCurlOfTheTests(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		fmt.Fprintf(w, "%s %s %q %s", r.Method, r.URL, r.Header.Get("X-A"), body)
	}))
	defer server.Close()
	at := strings.TrimPrefix(server.URL, "http://")
	for _, c := range []struct {
		args, want string
		code       int
	}{
		{at + "/x?y=1", `GET /x?y=1 "" `, 0},
		{"-s -XPUT -H X-A:b -d {} " + server.URL, `PUT / "b" {}`, 0},
		{"-d z " + at, `POST / "" z`, 0},
		{"-s 127.0.0.1:1", "", 7},
		{"--upload " + at, "", 2},
		{"-m", "", 2},
	} {
		var out, errs bytes.Buffer
		if code := curl(strings.Fields(c.args), &out, &errs); code != c.code || out.String() != c.want {
			t.Errorf("curl %s: %d %q, want %d %q (%s)", c.args, code, out.String(), c.code, c.want, errs.String())
		}
	}
}
