package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// axe is the program that finds what keeps people with disabilities from using a page.
var axe = sync.OnceValues(func() (string, error) {
	source, err := os.ReadFile("tools/axe/axe.min.js")
	return string(source), err
})

func TestAxeIsTheOneThatItsNoteDescribes(t *testing.T) {
	source, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	note, err := os.ReadFile("tools/axe/VENDOR.md")
	if err != nil {
		t.Fatal(err)
	}
	if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(source))); !strings.Contains(string(note), sum) {
		t.Errorf("the hash %s is not in VENDOR.md", sum)
	}
}

// violation is one rule that a page breaks.
type violation struct {
	ID, Impact, Help string
	Nodes            []string // selectors
}

// runAxe gives the rules that the page breaks. The security policy of the page does not hold for a script of the browser's
// own protocol.
const runAxe = `axe.run({ resultTypes: ["violations"] }).then((r) => r.violations.map((v) =>
	({ ID: v.id, Impact: v.impact, Help: v.help, Nodes: v.nodes.map((n) => n.target.join(" ") + ": " + n.failureSummary) })))`

// looks are the widths and colour schemes in which every page has to be good.
var looks = []struct {
	width  int64
	scheme string
}{{1280, "light"}, {1280, "dark"}, {390, "light"}, {390, "dark"}}

// gallery looks at pages, one after the other.
type gallery struct {
	*tab
	shots string // folder for pictures of the pages; empty: none are taken
}

func newGallery(b *tab) *gallery { return &gallery{tab: b, shots: os.Getenv("WINNOW_SHOTS")} }

// opens goes to a page and looks at it.
func (g *gallery) opens(name, path string) {
	g.t.Helper()
	g.open(path)
	g.looksAt(name)
}

// looksAt fails when the page that is open breaks a rule of axe-core, or is wider than the window of a phone.
func (g *gallery) looksAt(name string) {
	g.t.Helper()
	source, err := axe()
	if err != nil {
		g.t.Fatal(err)
	}
	eval[bool](g.tab, source+"; true")
	for _, look := range looks {
		g.look(look.width, look.scheme)
		g.until("the page has the colour scheme", fmt.Sprintf(`document.documentElement.dataset.bsTheme === %q || !document.querySelector("script")`, look.scheme))
		if over := eval[int](g.tab, "document.documentElement.scrollWidth - innerWidth"); over > 0 {
			g.t.Errorf("%s is %d px wider than a window of %d px: %s", name, over, look.width, eval[string](g.tab, widest))
		}
		for _, v := range eval[[]violation](g.tab, runAxe) {
			g.t.Errorf("%s, %d px, %s: %s (%s): %s\n%s", name, look.width, look.scheme, v.ID, v.Impact, v.Help, strings.Join(v.Nodes, "\n"))
		}
		g.shoot(fmt.Sprintf("%s-%d-%s.png", name, look.width, look.scheme))
	}
	g.look(1280, "light")
}

// widest names what sticks out of the page.
const widest = `[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".table-responsive, .nav-scroll"))
	.map((e) => e.localName + "." + e.className).slice(0, 5).join(", ")`

// shoot keeps a picture of the whole page for people to look at.
func (g *gallery) shoot(name string) {
	g.t.Helper()
	if g.shots == "" {
		return
	}
	const lossless = 100
	picture, err := chromedp.Run(g.ctx, chromedp.FullScreenshot(lossless))
	if err != nil {
		g.t.Fatalf("picture %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(g.shots, name), picture, 0o600); err != nil {
		g.t.Fatal(err)
	}
}
