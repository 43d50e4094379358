package main

import (
	"fmt"
	"net/http"
	"slices"
	"time"

	"pgregory.net/rapid"

	"winnow/sandbox"
)

// What the vendor and the nemesis do in a history.

// badEndings are faults beyond those of default chaos.
var badEndings = []sandbox.Fault{
	{Effect: sandbox.AnswerBefore, Status: 401},
	{Effect: sandbox.AnswerBefore, Status: 400},
	{Effect: sandbox.AnswerBefore, Status: 403, Body: sandbox.HTMLBody},
	{Effect: sandbox.AnswerAfter, Status: 403, Body: sandbox.HTMLBody},
	{Effect: sandbox.AnswerBefore, Status: 302},
	{Effect: sandbox.AnswerAfter, Status: 308},
	{Effect: sandbox.ActivityEndsShort},
	{Effect: sandbox.ActivityFails},
	{Effect: sandbox.HangAfter},
	{Effect: sandbox.ExpireToken},
	{Effect: sandbox.AnswerBefore, Status: 429, Body: sandbox.QuotaExceededBody},
}

// faults are those of default chaos, planned instead of by chance, and some more. Contacts come back by an action of
// their own, because the checker has to know when.
var faults = func() []sandbox.Fault {
	chaos := slices.DeleteFunc(slices.Clone(sandbox.DefaultChaos(0).Rules), func(f sandbox.Fault) bool {
		return f.Effect == sandbox.ContactsReturn || f.Route == "POST /oauth2/default/v1/token"
	})
	return slices.Concat(chaos, badEndings)
}()

// spoil plans a fault for the next requests, more often than not for one that deletes.
func (h *history) spoil(t *rapid.T) {
	f := rapid.SampledFrom(faults).Draw(t, "fault")
	f.Probability, f.Count, f.DelayUpTo = 0, rapid.IntRange(1, 2).Draw(t, "times"), 0
	f.Skip = rapid.IntRange(0, 2).Draw(t, "after")
	if f.Route == "" && rapid.IntRange(0, 2).Draw(t, "deletes only") > 0 {
		f.Route = deleteRoute
	}
	switch f.Effect {
	case sandbox.HangBefore, sandbox.HangAfter:
		f.Delay = time.Duration(rapid.IntRange(1, int(longestHang/time.Second)-60).Draw(t, "seconds")) * time.Second
	case sandbox.IndexLag:
		f.Delay = time.Duration(rapid.IntRange(1, 60).Draw(t, "seconds")) * time.Second
	case sandbox.ActivityEndsShort, sandbox.ActivityFails, sandbox.ActivityTimesOut, sandbox.ActivityCancelled:
		f.Items = rapid.IntRange(0, 500).Draw(t, "items")
	}
	h.dayUsed = h.dayUsed || f.Body == sandbox.QuotaExceededBody
	h.vendor.box.Inject(f)
}

// comeBack restores a contact that a request has named.
func (h *history) comeBack(t *rapid.T) {
	h.witness.mu.Lock()
	var named []string
	for _, a := range h.witness.arrivals {
		if !a.lists {
			named = append(named, a.ids...)
		}
	}
	h.witness.mu.Unlock()
	if len(named) == 0 {
		t.Skip("nothing was sent")
	}
	id := rapid.SampledFrom(named).Draw(t, "contact")
	if h.vendor.box.ReturnContact(h.account, id) {
		h.returned[id] = true
	}
}

// edit has somebody change contacts.
func (h *history) edit(t *rapid.T) {
	pool := h.pool()
	pool = pool[:len(pool)-unknownContacts]
	for range rapid.IntRange(1, 5).Draw(t, "contacts") {
		id := rapid.SampledFrom(pool).Draw(t, "contact")
		_, err := h.vendor.box.ChangeContact(h.account, id, func(c *sandbox.Contact) { c.FirstName += "x" })
		h.ok(err)
	}
}

// foreign is another program of the account that deletes.
func (h *history) foreign(t *rapid.T) {
	size := rapid.SampledFrom([]int{1, 20, 500}).Draw(t, "contacts")
	if _, err := h.vendor.box.AddForeignActivity(h.account, size); err != nil {
		t.Skip(err)
	}
}

func (h *history) revoke(*rapid.T) { h.vendor.revoke() }

// outage has nobody answer for a while.
func (h *history) outage(t *rapid.T) {
	h.vendor.goDown(true)
	h.runFor(time.Duration(rapid.IntRange(1, 600).Draw(t, "seconds")) * time.Second)
	h.vendor.goDown(false)
}

// wait moves the clock while the process does nothing, as one that is stopped or starved.
func (h *history) wait(t *rapid.T) {
	h.vendor.pass(time.Duration(rapid.IntRange(1, 1200).Draw(t, "seconds")) * time.Second)
}

func (h *history) killNow(*rapid.T) {
	h.kill()
	h.rise()
}

// killIn plans the death of the process inside one of the next requests.
func (h *history) killIn(t *rapid.T) { h.planIn(t, &event{do: h.kill, fatal: true}) }

// planIn draws the moment of an event inside one of the next requests.
func (h *history) planIn(t *rapid.T, e *event) {
	e.at, e.skip = rapid.SampledFrom(moments).Draw(t, "moment"), rapid.IntRange(0, 4).Draw(t, "after")
	if e.at == inHang {
		e.skip = 0
		h.vendor.box.Inject(sandbox.Fault{Route: deleteRoute, Effect: sandbox.HangBefore,
			Delay: time.Duration(rapid.IntRange(20, 600).Draw(t, "seconds")) * time.Second})
	}
	h.vendor.plan(e)
}

// work lets the runner do some things.
func (h *history) work(t *rapid.T) {
	for range rapid.IntRange(1, 15).Draw(t, "steps") {
		if h.advance() == 0 {
			return
		}
	}
}

// elsewhere is a server that nobody has a reason to ask.
func (h *history) elsewhere(w http.ResponseWriter, r *http.Request) {
	h.strayed(fmt.Sprint(r.Method, " ", r.URL.Path))
	w.WriteHeader(http.StatusTeapot)
}
