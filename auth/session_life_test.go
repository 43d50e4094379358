package auth_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"winnow/auth"
)

// step is a pause and what is asked after it.
type step struct {
	after   time.Duration
	target  string
	headers []string
}

var fragment = []string{"HX-Request", "true"}

func TestSessionLife(t *testing.T) {
	every := func(n int, s step) []step {
		var steps []step
		for range n {
			steps = append(steps, s)
		}
		return steps
	}
	tests := map[string]struct {
		steps []step
		alive bool
	}{
		"idle for 29 minutes":                    {[]step{{after: minutes(29), target: "/page"}}, true},
		"idle for 30 minutes":                    {[]step{{after: minutes(30), target: "/page"}}, false},
		"a page every 20 minutes for 11 hours":   {every(33, step{minutes(20), "/page", nil}), true},
		"a page every 20 minutes for 12 hours":   {every(36, step{minutes(20), "/page", nil}), false},
		"polling for 29 minutes":                 {every(29, step{minutes(1), "/polled", fragment}), true},
		"polling for 30 minutes":                 {every(30, step{minutes(1), "/polled", fragment}), false},
		"the polled URL as a page for 2 hours":   {every(12, step{minutes(10), "/polled", nil}), true},
		"fragments that are not polled, 2 hours": {every(12, step{minutes(10), "/page", fragment}), true},
		"clicks between polls":                   {append(every(20, step{minutes(1), "/polled", fragment}), step{minutes(1), "/page", nil}, step{minutes(25), "/polled", fragment}), true},
		"a clock set back":                       {[]step{{after: -minutes(90), target: "/page"}}, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			b := a.browser(t)
			b.signIn()
			var last answer
			for _, s := range test.steps {
				a.clock.Advance(s.after)
				last = b.get(s.target, s.headers...)
			}
			if alive := last.status == http.StatusOK; alive != test.alive {
				t.Errorf("the last answer is %d %q", last.status, last.body)
			}
		})
	}
}

func TestAPostedFragmentIsActivity(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	for range 12 {
		a.clock.Advance(minutes(10))
		if got := b.post("/page", nil, fragment...); got.status != http.StatusOK {
			t.Fatalf("answer %d", got.status)
		}
	}
}

func TestALongUploadIsActivityFromItsFirstByte(t *testing.T) {
	for name, headers := range map[string][]string{"form": nil, "by htmx": fragment} {
		t.Run(name, func(t *testing.T) {
			a := newApp(t)
			b := a.browser(t)
			b.signIn()
			a.clock.Advance(minutes(20))
			a.during = func() {
				a.clock.Advance(minutes(20))
				if got := b.get("/polled", fragment...); got.status != http.StatusOK {
					t.Errorf("poll during the upload: %d", got.status)
				}
			}
			if got := b.post("/slow", nil, headers...); got.status != http.StatusOK {
				t.Errorf("upload: %d", got.status)
			}
		})
	}
}

func TestSessionLivesFromConfiguration(t *testing.T) {
	a := newApp(t, func(o *auth.Options) { o.Idle, o.Absolute = minutes(2), minutes(5) })
	b := a.browser(t)
	b.signIn()
	for range 4 {
		a.clock.Advance(minutes(1))
		b.get("/page")
	}
	if got := b.get("/page"); got.status != http.StatusOK {
		t.Errorf("after 4 minutes: %d", got.status)
	}
	a.clock.Advance(minutes(1))
	if got := b.get("/page"); got.status == http.StatusOK {
		t.Error("after 5 minutes: still signed in")
	}
}

func TestActivityIsWrittenOnceAMinute(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	for range 120 {
		a.clock.Advance(time.Second)
		b.get("/page")
	}
	if _, _, touches := a.store.counts(); touches != 2 {
		t.Errorf("%d writes in two minutes, want 2", touches)
	}
}

func TestActivityThatCannotBeWrittenIsNoError(t *testing.T) {
	a := newApp(t)
	b := a.browser(t)
	b.signIn()
	a.clock.Advance(minutes(5))
	a.store.set(func(f *fakeStore) { f.readOnly = true })
	if got := b.get("/page"); got.status != http.StatusOK {
		t.Errorf("answer %d", got.status)
	}
	if !strings.Contains(a.log.String(), "session activity not written") {
		t.Error("nothing in the log")
	}
}

func TestSweep(t *testing.T) {
	a := newApp(t)
	a.browser(t).signIn()
	a.clock.Advance(minutes(20))
	kept := a.browser(t)
	kept.signIn()
	a.clock.Advance(minutes(10))
	if n, err := a.Sessions.Sweep(t.Context()); n != 1 || err != nil {
		t.Errorf("Sweep = %d, %v, want 1", n, err)
	}
	if got := kept.get("/").body; got != signedInAs(ada) {
		t.Errorf("the younger session is %q", got)
	}
}
