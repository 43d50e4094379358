package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"winnow/sandbox"
)

// browserPatience is how long a test waits in the browser for something that has to come. It is generous: several pages share one
// browser and a small machine.
const browserPatience = 2 * time.Minute

// needs finds a program that a test runs. A machine without it skips the test, unless everything has to run there.
func needs(t testing.TB, program string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	switch {
	case err == nil:
	case os.Getenv("WINNOW_TEST_STRICT") == "1":
		t.Fatalf("%s is not installed, and WINNOW_TEST_STRICT=1 lets no test skip", program)
	default:
		t.Skipf("%s is not installed", program)
	}
	return path
}

// chromium is the one browser process of all tests. It starts with the first test that asks for it; TestMain stops it.
var chromium browser

type browser struct {
	once  sync.Once
	ctx   context.Context
	err   error
	close []func()
}

func (b *browser) start(path string) (context.Context, error) {
	b.once.Do(func() {
		var folder string
		if folder, b.err = os.MkdirTemp("", "winnow-chromium-"); b.err != nil {
			return
		}
		b.close = append(b.close, func() { _ = os.RemoveAll(folder) })
		options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(folder),
			chromedp.NoSandbox, chromedp.DisableGPU, chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-component-update", true))
		allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
		b.close = append(b.close, stop)
		var cancel func()
		b.ctx, cancel = chromedp.NewContext(allocator)
		b.close = append(b.close, cancel)
		b.err = chromedp.Do(b.ctx)
	})
	return b.ctx, b.err
}

// stop ends the browser and waits for it, if it was started.
func (b *browser) stop() {
	if b.ctx != nil {
		_ = chromedp.Cancel(b.ctx)
	}
	for i := len(b.close) - 1; i >= 0; i-- {
		b.close[i]()
	}
}

// newBrowserWorld starts a console as a browser meets it: under localhost, with the cookie of real life, and with the sandbox
// on another host.
func newBrowserWorld(t *testing.T, o sandbox.Options, flags ...string) *world {
	t.Helper()
	needs(t, "chromium")
	_, port, _ := strings.Cut(freeAddress(t), ":")
	return startWorld(t, "http://localhost:"+port, o, flags...)
}

// tab is a page in a browser of its own: no cookie is shared with another tab. Everything it does waits for what has to be
// there, and fails the test when that does not come.
type tab struct {
	t     testing.TB
	w     *world
	ctx   context.Context
	watch *watch
}

// newTab opens a blank page. What it logs and asks for is watched; the test fails at its end when something was wrong.
func newTab(t testing.TB, w *world) *tab {
	t.Helper()
	root, err := chromium.start(needs(t, "chromium"))
	if err != nil {
		t.Fatalf("start chromium: %v", err)
	}
	ctx, cancel := chromedp.NewContext(root, chromedp.WithNewBrowserContext())
	b := &tab{t: t, w: w, ctx: ctx, watch: newWatch(w.console, w.api.URL)}
	t.Cleanup(func() {
		b.watch.report(t)
		cancel()
	})
	if err := chromedp.Listen(ctx, b.watch.event); err != nil {
		t.Fatalf("open a tab: %v", err)
	}
	b.do("prepare the tab",
		command(page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: tellViolations}),
		command(emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true}))
	b.look(1280, "light")
	return b
}

// look gives the page a width and a colour scheme. Nothing moves, so that what is clicked stays where it is.
func (b *tab) look(width int64, scheme string) {
	b.t.Helper()
	b.do("change the look", chromedp.EmulateViewport(width, 860),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}}))
}

// command makes a step of a command of the browser's protocol.
func command[P, R any](cmd cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, cmd, params)
		return err
	})
}

// do runs steps in the page.
func (b *tab) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// eval is the value of a script in the page.
func eval[T any](b *tab, script string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
	if err != nil {
		b.t.Fatalf("evaluate %.120s: %v", script, err)
	}
	return value
}

// until waits for a condition in the page. Between two pages there is nothing to ask, so that errors only count at the end.
func (b *tab) until(what, condition string) {
	b.t.Helper()
	var last error
	tick := time.NewTicker(25 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(browserPatience); ; <-tick.C {
		ctx, cancel := context.WithTimeout(b.ctx, browserPatience)
		holds, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+condition+")"))
		cancel()
		if holds && err == nil {
			return
		}
		if last = err; time.Now().After(end) {
			b.t.Fatalf("not within %v: %s (%v). The page says:\n%s", browserPatience, what, last, b.text())
		}
	}
}

// leads does something that opens another page, and waits until that page is loaded.
func (b *tab) leads(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	eval[bool](b, "window.left = true")
	b.do(what, steps...)
	b.until(what+" leads to another page", loaded)
}

// loaded holds on a page that leads was not called on. Between two pages there is a moment with an empty one.
const loaded = `!window.left && document.readyState === "complete" && document.body && location.href !== "about:blank"`

// open goes to an address of the console.
func (b *tab) open(path string) {
	b.t.Helper()
	if strings.HasPrefix(path, "/") {
		path = b.w.console + path
	}
	b.do("open "+path, chromedp.Navigate(path))
	b.until(path+" is loaded", loaded)
}

// signIn goes through the sandbox's consent page.
func (b *tab) signIn(login string) {
	b.t.Helper()
	b.open("/")
	b.leads("sign in", click("form[action='/login'] button"))
	b.leads("allow", click("input[value='"+login+"']"), click("button[value=allow]"))
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector))
}

// write types into a field, over what is there; nothing empties it.
func (b *tab) write(selector, text string) {
	b.t.Helper()
	eval[bool](b, "document.querySelector("+strconv.Quote(selector)+").select(), true")
	b.do("focus "+selector, chromedp.Focus(chromedp.CSS(selector)))
	if text == "" {
		text = kb.Delete
	}
	b.do("type into "+selector, press(text))
}

// press presses keys, such as kb.Tab.
func press(keys string) chromedp.Action[chromedp.Void] { return chromedp.KeyEvent(keys) }

// tabTo presses the tab key until an element has the focus.
func (b *tab) tabTo(selector string) {
	b.t.Helper()
	const most = 120
	for range most {
		b.do("press tab", press(kb.Tab))
		if eval[bool](b, "document.activeElement.matches("+strconv.Quote(selector)+")") {
			return
		}
	}
	b.t.Fatalf("the tab key does not reach %s", selector)
}

// text is what the page shows, blanks folded.
func (b *tab) text() string {
	b.t.Helper()
	return strings.Join(strings.Fields(eval[string](b, "document.body?.innerText ?? ''")), " ")
}

// sees fails when the page does not show these words.
func (b *tab) sees(words ...string) {
	b.t.Helper()
	text := b.text()
	for _, word := range words {
		if !strings.Contains(text, word) {
			b.t.Fatalf("%s does not say %q:\n%s", b.path(), word, text)
		}
	}
}

func (b *tab) path() string {
	b.t.Helper()
	return eval[string](b, "location.pathname")
}

// figures are the numbers of a table of figures, by their label.
func (b *tab) figures() map[string]int {
	b.t.Helper()
	return eval[map[string]int](b, readFigures)
}

// readFigures is what figures evaluates.
const readFigures = `Object.fromEntries([...document.querySelectorAll("table.figures tbody tr")].map((row) =>
	[row.querySelector("th").innerText.trim(), Number(row.querySelector("td.num").innerText.replaceAll(",", ""))]))`

// upload opens the form, sends a file, and waits for the page that it leads to.
func (b *tab) upload(name string, content []byte) {
	b.t.Helper()
	b.open("/upload")
	eval[bool](b, "window.left = true")
	b.send(name, content)
	b.until("the upload leads to another page", loaded)
}

// send chooses a file in the form that is open, and sends it.
func (b *tab) send(name string, content []byte) {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), name)
	if err := os.WriteFile(file, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do("choose the file", chromedp.SetUploadFiles(chromedp.CSS("#file"), []string{file}))
	b.do("send the file", click("form[action='/uploads'] button[type=submit]"))
}
