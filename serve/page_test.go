package serve_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var imgFolder = flag.String("img", "", "write pictures of the page into this folder, and do nothing else with them")

// browser is a real Chromium.
type browser struct {
	t   testing.TB
	ctx context.Context

	mu   sync.Mutex
	said []string // what its console complained of
}

// chrome is the one Chromium of this package's tests, with one tab.
var chrome struct {
	sync.Once
	ctx   context.Context
	stop  func()
	wrong error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if chrome.stop != nil {
		chrome.stop()
	}
	os.Exit(code)
}

var errNoChrome = errors.New("no chromium is installed: the page is not looked at")

func startChrome() {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		chrome.wrong = errNoChrome
		return
	}
	folder, err := os.MkdirTemp("", "poise-chromium")
	if err != nil {
		chrome.wrong = err
		return
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.NoFirstRun, chromedp.Headless, chromedp.DisableGPU, chromedp.NoSandbox,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(folder), chromedp.WSURLReadTimeout(time.Minute)}
	all, stopAll := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(all)
	chrome.ctx, chrome.stop = ctx, func() {
		_ = chromedp.Cancel(ctx) // waits for its end
		stop()
		stopAll()
		_ = os.RemoveAll(folder) // a helper process of it may still write there
	}
	chrome.wrong = chromedp.Run(ctx)
}

// newBrowser empties the tab, or skips the test where there is no Chromium.
func newBrowser(t testing.TB) *browser {
	t.Helper()
	if raced {
		t.Skip("the page is looked at in the run without the race detector")
	}
	chrome.Do(startChrome)
	if errors.Is(chrome.wrong, errNoChrome) {
		t.Skip(chrome.wrong)
	}
	must(t, chrome.wrong)
	ctx, stop := context.WithCancel(chrome.ctx) // a tab of its own would be one that nobody looks at
	t.Cleanup(stop)
	b := &browser{t: t, ctx: ctx}
	chromedp.ListenTarget(ctx, func(e any) {
		b.mu.Lock()
		defer b.mu.Unlock()
		switch e := e.(type) {
		case *cdplog.EventEntryAdded:
			b.said = append(b.said, e.Entry.Text+" "+e.Entry.URL)
		case *cdpruntime.EventExceptionThrown:
			b.said = append(b.said, e.ExceptionDetails.Error())
		}
	})
	must(t, chromedp.Run(ctx, cdplog.Enable(), network.ClearBrowserCookies(), chromedp.Navigate("about:blank")))
	b.mu.Lock()
	defer b.mu.Unlock()
	b.said = nil // of the page before
	return b
}

func (b *browser) try(actions ...chromedp.Action) error {
	ctx, stop := context.WithTimeout(b.ctx, 30*time.Second)
	defer stop()
	return chromedp.Run(ctx, actions...)
}

func (b *browser) do(actions ...chromedp.Action) {
	b.t.Helper()
	if err := b.try(actions...); err != nil {
		b.t.Fatalf("%v; the console says %q", err, b.complaints())
	}
}

func (b *browser) complaints() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.said)
}

// awaited has an expression's promise waited for.
func awaited(p *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams {
	return p.WithAwaitPromise(true)
}

// wait waits until an expression is true in the page, 15 s at most; a page that
// is left meanwhile is asked again.
func (b *browser) wait(expression string) {
	b.t.Helper()
	poll := chromedp.Poll(expression, nil, chromedp.WithPollingTimeout(15*time.Second), chromedp.WithPollingInterval(10*time.Millisecond))
	err := b.try(poll)
	for range 5 {
		if err == nil || errors.Is(err, chromedp.ErrPollingTimeout) {
			break
		}
		err = b.try(poll)
	}
	if err != nil {
		var text string
		_ = b.try(chromedp.Evaluate(`document.querySelector("main")?.innerText.slice(0, 600)`, &text)) // as far as it can be told
		b.t.Fatalf("%s: %v; the page shows\n%s\nthe console says %q", expression, err, text, b.complaints())
	}
}

func (b *browser) eval(expression string, into any) {
	b.t.Helper()
	b.do(chromedp.Evaluate(expression, into))
}

// quiet fails if the console complained: of a script, or of the policy.
func (b *browser) quiet() {
	b.t.Helper()
	for _, text := range b.complaints() {
		b.t.Errorf("the console: %s", text)
	}
}

// screen sets size and colours.
func (b *browser) screen(width, height int64, scale float64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, height, chromedp.EmulateScale(scale)),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}))
}

func (b *browser) picture(name string) {
	b.t.Helper()
	var png []byte
	b.do(chromedp.CaptureScreenshot(&png))
	must(b.t, os.MkdirAll(*imgFolder, 0o755))
	must(b.t, os.WriteFile(filepath.Join(*imgFolder, name+".png"), png, 0o644))
}

// TestPictures takes the pictures of the documentation, when asked to.
func TestPictures(t *testing.T) {
	if *imgFolder == "" {
		t.Skip("no -img")
	}
	w := remembered(t, 26, "basis", "carry-eth", "hedge-1", "hedge-2", "mm-btc", "mm-eth", "treasury")
	w.trade("main", "BTCUSD_PERP", "BUY", 120)
	w.trade("main", "ETHUSD_PERP", "SELL", 900)
	w.written()
	b := newBrowser(t)
	take := func(name, path string, width, height int64, scale float64, scheme string) {
		b.screen(width, height, scale, scheme)
		b.do(chromedp.Navigate(w.web.url + path))
		b.wait(`document.readyState === "complete"`)
		time.Sleep(time.Second) // fonts, and the chart's first frames, tell nobody that they are done
		b.picture(name)
	}
	take("accounts", "/", 1280, 560, 1, "light")
	take("account", "/accounts/main", 1280, 860, 1, "light")
	take("wallet", "/accounts/main/wallet?asset=BTC", 1280, 780, 1, "light")
	take("wallet-dark", "/accounts/main/wallet?asset=BTC", 1280, 780, 1, "dark")
	take("statement-dark", "/accounts/main/statement", 1280, 620, 1, "dark")
	take("phone", "/accounts/main", 390, 844, 1.5, "light")
	b.quiet()
}
