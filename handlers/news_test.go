package handlers

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/labstack/echo/v4"

	"winnow/deletion"
)

// bannerStore answers what the banners ask, and nothing else.
type bannerStore struct {
	deletion.Store
	notices deletion.Notices
	err     error
	reads   *int
}

func (s bannerStore) Notices(context.Context, string) (deletion.Notices, error) {
	*s.reads++
	return s.notices, s.err
}

// bannersOf is a site with these answers, its log, and what goes along with a polled part.
func bannersOf(t *testing.T, s bannerStore, clocks ...deletion.ClockDifference) (*site, echo.Context, string, *bytes.Buffer) {
	t.Helper()
	var log bytes.Buffer
	s.reads = new(int)
	answer := httptest.NewRecorder()
	c := echo.New().NewContext(httptest.NewRequest(http.MethodGet, "/running", nil), answer)
	console := &site{Options: Options{Store: s, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Trouble: func() *deletion.StorageTrouble { return nil }, Clocks: func() []deletion.ClockDifference { return clocks }}}
	if err := console.renderPart(c, templ.NopComponent); err != nil {
		t.Fatal(err)
	}
	return console, c, strings.Join(strings.Fields(answer.Body.String()), " "), &log
}

func TestAPolledPartCarriesTheBannersOfItsPage(t *testing.T) {
	broken := errors.New("no answer")
	hour := deletion.ClockDifference{With: deletion.VendorClock, Ahead: deletion.Offset{Least: time.Hour - time.Second, Most: time.Hour}}
	for name, c := range map[string]struct {
		store    bannerStore
		clocks   []deletion.ClockDifference
		says     []string
		saysNone []string
	}{
		"all is well": {bannerStore{}, nil,
			[]string{`id="halted"`, `id="held"`, `id="storage"`, `id="clocks"`}, []string{"banner-warning"}},
		"stopped and held": {bannerStore{notices: deletion.Notices{Halt: deletion.Halt{At: time.Now(), By: deletion.User{Name: "Olivia"}}, Held: true}}, nil, []string{"All sending is stopped", "Olivia", "may be older than what happened"}, nil},
		"clocks differ": {bannerStore{}, []deletion.ClockDifference{hour},
			[]string{"This console sends nothing", "1 h ahead of Constant Contact"}, nil},
		"stop and hold could not be read": {bannerStore{err: broken}, nil, []string{`id="storage"`, `id="clocks"`}, []string{`id="halted"`, `id="held"`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, part, _ := bannersOf(t, c.store, c.clocks...)
			for _, words := range c.says {
				if !strings.Contains(part, words) {
					t.Errorf("no %q in %s", words, part)
				}
			}
			for _, words := range c.saysNone {
				if strings.Contains(part, words) {
					t.Errorf("%q in %s", words, part)
				}
			}
		})
	}
}

// TestAPageWhoseBannersCannotBeReadIsShownWithoutThem has the log say what the page does not.
func TestAPageWhoseBannersCannotBeReadIsShownWithoutThem(t *testing.T) {
	broken := errors.New("no answer")
	s, c, _, log := bannersOf(t, bannerStore{err: broken})
	n := s.notices(c)
	if h := n.halted(); !h.At.IsZero() || h.By != "" {
		t.Errorf("the page says that sending is stopped: %+v", h)
	}
	if n.Held {
		t.Error("the page says that the account is held")
	}
	if lines := strings.Count(log.String(), "no answer"); lines != 1 {
		t.Errorf("the log says %d times what could not be read, want once:\n%s", lines, log)
	}
	if reads := *s.Store.(bannerStore).reads; reads != 1 {
		t.Errorf("it was read %d times for one answer", reads)
	}
}

func TestTheBannerSaysWhichClockToSet(t *testing.T) {
	of := func(with deletion.ClockName, ahead time.Duration) deletion.ClockDifference {
		return deletion.ClockDifference{With: with, Ahead: deletion.Offset{Least: ahead - time.Second, Most: ahead}}
	}
	well := bannerStore{}
	for name, c := range map[string]struct {
		clocks []deletion.ClockDifference
		want   string
	}{
		"the vendor's": {[]deletion.ClockDifference{of(deletion.VendorClock, -10*time.Minute)},
			"is about 10 min behind Constant Contact&#39;s. Set the clock of that machine; sending goes on by itself"},
		"the database's": {[]deletion.ClockDifference{of(deletion.DatabaseClock, time.Hour)},
			"is about 1 h ahead of that of its database. Set the clock of the database&#39;s machine; sending goes on by itself"},
		"both": {[]deletion.ClockDifference{of(deletion.VendorClock, time.Hour), of(deletion.DatabaseClock, time.Hour)},
			"is about 1 h ahead of Constant Contact&#39;s and 1 h ahead of that of its database. Set the clock of that machine;"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, part, _ := bannersOf(t, well, c.clocks...); !strings.Contains(part, c.want) {
				t.Errorf("no %q in %s", c.want, part)
			}
		})
	}
}
