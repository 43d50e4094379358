package main

import (
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"winnow/sandbox"
	"winnow/store/pgtest"
)

// skewed is a sandbox whose clock can be set.
func skewed() (o sandbox.Options, set func(ahead time.Duration)) {
	var ahead atomic.Int64
	o = quick()
	o.Now = func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	return o, func(d time.Duration) { ahead.Store(int64(d)) }
}

// confirmsInVain has somebody confirm a deletion while clocks differ, and the reason said on the whole page and by its polled part.
func (p *person) confirmsInVain(t *testing.T, w *world, why string) {
	t.Helper()
	p.upload(w, "contacts.csv", contactsFile(t, w, 700))
	page := p.url.String()
	p.submit("/confirm", map[string]string{"count": "700"})
	eventually(p.t, 30*time.Second, "the page says that nothing is sent", func() bool {
		p.open(page)
		return strings.Contains(p.banner(), "This console sends nothing")
	})
	if says := p.banner(); !strings.Contains(says, why) {
		p.t.Errorf("the banner says %q", says)
	}
	p.open(page + "/progress")
	if news := strings.Join(strings.Fields(p.page.Find("#clocks").Text()), " "); !strings.Contains(news, why) {
		t.Errorf("the polled part says %q", news)
	}
	if sent := len(w.posts()); sent > 0 {
		p.t.Errorf("%d requests were sent", sent)
	}
	p.open(page)
	if !strings.Contains(p.text(), "This console sends nothing until the clocks agree") {
		p.t.Errorf("the page says of the deletion: %q", p.text())
	}
}

// TestNothingIsSentWhileConstantContactsClockDiffers: sending goes on by itself, and so does the banner when nothing is to be sent.
func TestNothingIsSentWhileConstantContactsClockDiffers(t *testing.T) {
	for name, ahead := range map[string]time.Duration{"ten minutes ahead": 10 * time.Minute, "ten minutes behind": -10 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, set := skewed()
			set(ahead)
			operations := freeAddress(t)
			w := newWorld(t, o, append([]string{"--ops-listen", operations}, hasty...)...)
			p := newPerson(t)
			p.signIn(w, sandbox.OwnerLogin)
			p.confirmsInVain(t, w, "about 10 min")
			says(t, ours(scrape(t, "http://"+operations)), `winnow_clock_differs{from="vendor"} 1`)

			set(0)
			p.waitUntilEnded(time.Minute)
			if f := p.figures(); f["Deleted"] != 700 {
				t.Errorf("figures %v", f)
			}
			if banner := p.banner(); strings.Contains(banner, "sends nothing") {
				t.Errorf("the banner says %q", banner)
			}
			says(t, ours(scrape(t, "http://"+operations)), `winnow_clock_differs{from="vendor"} 0`)
			postedOnce(t, w.posts(), requestsFor(700))
		})
	}
}

// TestABannerAboutClocksGoesAwayWithoutAnythingToSend has the difference end while nobody reads anything.
func TestABannerAboutClocksGoesAwayWithoutAnythingToSend(t *testing.T) {
	t.Parallel()
	o, set := skewed()
	set(time.Hour)
	w := newWorld(t, o, hasty...)
	p := newPerson(t)
	p.signIn(w, sandbox.OwnerLogin)
	p.open(w.console + "/lists")
	p.open(w.console + "/activities")
	if says := p.banner(); !strings.Contains(says, "about 1 h behind Constant Contact's") {
		t.Fatalf("the banner says %q", says)
	}
	set(0)
	eventually(t, time.Minute, "the banner goes away", func() bool {
		p.open(w.console + "/deletions")
		return !strings.Contains(p.banner(), "sends nothing")
	})
}

// TestNothingIsSentWhileTheDatabasesClockDiffers: ours may be wrong by an hour, or the server's.
func TestNothingIsSentWhileTheDatabasesClockDiffers(t *testing.T) {
	for name, c := range map[string]struct {
		vendor, database time.Duration
		why              string
	}{
		"the server's is an hour ahead":  {0, time.Hour, "about 1 h behind that of its database. Set the clock of the database's machine"},
		"the server's is an hour behind": {0, -time.Hour, "about 1 h ahead of that of its database. Set the clock of the database's machine"},
		"ours is an hour ahead":          {-time.Hour, -time.Hour, "about 1 h ahead of Constant Contact's and 1 h ahead of that of its database. Set the clock of that machine"},
		"ours is an hour behind":         {time.Hour, time.Hour, "about 1 h behind Constant Contact's and 1 h behind that of its database. Set the clock of that machine"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shared := onPostgres(t)
			setDatabase := pgtest.Clock(t, shared[1])
			o, setVendor := skewed()
			setVendor(c.vendor)
			setDatabase(c.database)
			w := newWorld(t, o, append(shared, hasty...)...)
			p := newPerson(t)
			p.signIn(w, sandbox.OwnerLogin)
			p.confirmsInVain(t, w, c.why)
			setVendor(0)
			setDatabase(0)
			p.waitUntilEnded(time.Minute)
			if f := p.figures(); f["Deleted"] != 700 {
				t.Errorf("figures %v", f)
			}
			postedOnce(t, w.posts(), requestsFor(700))
		})
	}
}
